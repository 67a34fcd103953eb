"""`valign compare`: whether a candidate run passes a gate against the main one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import print_tables, say

_SIDE = "a run's folder, or lm-eval's output folder or samples_*.jsonl"


def compare(
    main: Annotated[Path, typer.Argument(help=f"what is in use: {_SIDE}", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help=f"what may replace it: {_SIDE}", show_default=False)],
    gate: Annotated[Path, typer.Option(help="the rules, as recipes/gate.yaml", show_default=False)],
    as_json: Annotated[Path | None, typer.Option("--json", help="write the result as JSON")] = None,
    as_markdown: Annotated[Path | None, typer.Option("--markdown", help="write a pull request's comment")] = None,
    as_junit: Annotated[Path | None, typer.Option("--junit", help="write JUnit XML for CI")] = None,
) -> None:
    """Compare a candidate with main by a gate. Exit code 0: passed, 1: regressed, 2: not shown or not judged.

    Reads stored answers and scores only: needs no GPU and no model, and generates nothing.
    """
    from harness.api import compare as compare_runs
    from harness.report import gate as render
    from valign.files import write_atomic

    result = compare_runs(main, candidate, gate)
    print_tables([render.as_table(result)])
    say(render.verdict_line(result))
    for path, write in ((as_json, render.as_json), (as_markdown, render.as_markdown), (as_junit, render.as_junit)):
        if path is not None:
            write_atomic(path, write(result))
    raise typer.Exit(result.exit_code)
