"""`valign compare`: may this candidate take main's place?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_SIDE = "a run's folder, or lm-eval's output folder or samples_*.jsonl"


def compare(
    main: Annotated[Path, typer.Argument(help=f"what is in use: {_SIDE}", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help=f"what may replace it: {_SIDE}", show_default=False)],
    gate: Annotated[Path, typer.Option(help="the rules, as recipes/gate.yaml", show_default=False)],
    as_json: Annotated[Path | None, typer.Option("--json", help="write everything for programs")] = None,
    as_markdown: Annotated[Path | None, typer.Option("--markdown", help="write a pull request's comment")] = None,
    as_junit: Annotated[Path | None, typer.Option("--junit", help="write JUnit XML for CI")] = None,
) -> None:
    """Hold a candidate against main by a gate. Exit code 0: passed, 1: regressed, 2: could not be judged.

    Reads stored answers and scores only: no GPU, no model, nothing is generated.
    """
    from harness.cli.app import console
    from harness.gate import render
    from harness.gate.rules import load_gate
    from harness.gate.sides import open_side
    from harness.gate.verdict import judge_gate
    from harness.report.table import console as as_rich
    from harness.store import write_whole

    rules = load_gate(gate)
    sides = [open_side(where, rules.columns.__contains__) for where in (main, candidate)]
    result = judge_gate(rules, *sides)
    show = console()
    show.print(as_rich(render.as_table(result)))
    show.print(render.verdict_line(result), highlight=False, markup=False, soft_wrap=True)
    for path, write in ((as_json, render.as_json), (as_markdown, render.as_markdown), (as_junit, render.as_junit)):
        if path is not None:
            write_whole(path, write(result))
    raise typer.Exit(result.exit_code)
