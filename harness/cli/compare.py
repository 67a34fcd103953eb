"""`valign compare`: whether a candidate run passes a gate against the main one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.gate.verdict import GateResult

from harness.cli.terminal import print_ending, print_tables, say

_SIDE = "a run's folder, or a file or folder of lm-eval's samples_*.jsonl or inspect's *.eval"


def compare(
    main: Annotated[Path, typer.Argument(help=f"what is in use: {_SIDE}", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help=f"what may replace it: {_SIDE}", show_default=False)],
    gate: Annotated[Path, typer.Option(help="the rules, as recipes/gate.yaml", show_default=False)],
    as_json: Annotated[Path | None, typer.Option("--json", help="write the result as JSON")] = None,
    as_markdown: Annotated[Path | None, typer.Option("--markdown", help="write a pull request's comment")] = None,
    as_junit: Annotated[Path | None, typer.Option("--junit", help="write JUnit XML for CI")] = None,
    page: Annotated[str | None, typer.Option(help="the address of a page, which the comment links to")] = None,
    full: Annotated[bool, typer.Option("--full", help="print every column, not one screen")] = False,
) -> None:
    """Compare a candidate with main by a gate. Exit code 0: passed, 1: regressed, 2: not shown or not judged.

    Reads stored answers and scores only: needs no GPU and no model, and generates nothing.
    """
    from harness.api import compare as compare_runs
    from harness.report import gate as render
    from harness.report.gate_comment import as_markdown as as_comment
    from valign.files import write_atomic

    result = compare_runs(main, candidate, gate)
    comment = partial(as_comment, page=page)
    written: list[tuple[Path | None, Callable[[GateResult], str]]] = [
        (as_json, render.as_json), (as_markdown, comment), (as_junit, render.as_junit)
    ]  # fmt: skip
    for path, write in written:
        if path is not None:
            write_atomic(path, write(result))
    said = [f"Written: {path}" for path, _ in written if path is not None]
    if full:
        print_tables([render.as_table(result)])
        for line in (*render.sentences(result), *said):
            say(line)
    else:
        print_ending(render.sentences(result), render.summary_table(result), said, "the same command with --full")
    raise typer.Exit(result.exit_code)
