"""`valign leaderboard`: finished runs beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import say

leaderboard = typer.Typer(help="Build and check the leaderboard, and add finished runs to it.")
Results = Annotated[Path, typer.Option("--results", help="the folder with entries/ and the pages")]


@leaderboard.callback(invoke_without_command=True)
def build(
    context: typer.Context,
    results: Results = Path("results"),
    check: Annotated[bool, typer.Option("--check", help="write nothing; fail if an entry or page is wrong")] = False,
) -> None:
    """Build leaderboard.md and leaderboard.html from results/entries/, after computing every figure again."""
    from harness.report.leaderboard import build as pages

    if context.invoked_subcommand is not None:
        return
    if check:
        say(f"{results}: {pages.check(results)} entries and the pages they make are as they should be")
        return
    for path in pages.build(results):
        say(f"written: {path}")


@leaderboard.command()
def add(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a finished run", show_default=False)],
    label: Annotated[str | None, typer.Option(help="what tables call the entry; its name where not given")] = None,
    name: Annotated[str | None, typer.Option(help="the entry's file; the recipe's name where not given")] = None,
    results: Results = Path("results"),
    replace: Annotated[bool, typer.Option("--replace", help="replace an entry of the same name")] = False,
) -> None:
    """Add a finished run as results/entries/NAME.json and build the pages again; no prompt or answer is copied."""
    from harness.leaderboard.make import entry_of
    from harness.report.leaderboard import build as pages

    path = pages.add(entry_of(folder, name, label), results, replace)
    say(f"written: {path}, {path.stat().st_size:,} bytes")
    for page in pages.build(results):
        say(f"written: {page}")
