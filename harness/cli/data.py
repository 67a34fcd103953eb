"""`valign data`: audit, export and fetch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

data = typer.Typer(help="Check, export and fetch data.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="a registered document or a data folder", show_default=False)]


@data.command()
def audit(
    name: Name,
    as_json: Annotated[Path | None, typer.Option("--json", help="write the findings and figures here too")] = None,
    embedder: Annotated[str | None, typer.Option(help="embedding model; all-MiniLM-L6-v2 if absent")] = None,
    most: Annotated[int, typer.Option(min=0, help="findings shown of each check")] = 20,
) -> None:
    """Look for duplicates, leaks, imbalance and broken rows. Exit code 1 where something is found."""
    from alignment.weights import MINILM, locate
    from harness.cli.app import console
    from harness.store import write_whole
    from tasks.audit import audit as check
    from tasks.audit import render
    from tasks.audit.report import Limits
    from tasks.folder import find

    found = check(find(name), Limits(), locate(embedder or MINILM))
    render.print_audit(found, console(), most)
    if as_json is not None:
        write_whole(as_json, json.dumps(render.as_json(found), indent=1, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if found.findings else 0)


@data.command()
def export(name: Name, out: Annotated[Path, typer.Argument(help="a new or empty folder", show_default=False)]) -> None:
    """Write the splits as a folder that `datasets.load_dataset` opens."""
    from tasks.export import export as write
    from tasks.folder import find

    typer.echo(f"written: {write(find(name), out)}")


@data.command()
def fetch(
    what: Annotated[str, typer.Argument(help="udhr: the official Universal Declaration of Human Rights")],
    out: Annotated[Path, typer.Option(help="the folder to write document.md into")] = Path("data/udhr-official"),
    source: Annotated[Path | None, typer.Option("--from", help="a file at hand in place of the public address")] = None,
) -> None:
    """Fetch a public document, checked by SHA-256, as a document of ours."""
    from tasks.errors import unknown
    from tasks.fetch import fetch_udhr

    if what != "udhr":
        raise unknown("document to fetch", what, ["udhr"])
    document = fetch_udhr(out, source)
    typer.echo(f"written: {out / 'document.md'}, {len(document.sections)} sections")
