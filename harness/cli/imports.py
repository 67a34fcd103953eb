"""`valign import`: a run folder of other harnesses' logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import print_tables, say


def import_logs(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]LOG...",
            help="lm-eval's samples_*.jsonl, inspect's *.eval, or folders of them; the first is the baseline",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="a new run folder", show_default=False)],
    tasks: Annotated[list[str], typer.Option("--task", help="only this task; may be given again")] = [],  # noqa: B006
) -> None:
    """Make a run folder of other harnesses' logs, for score, judge, report and compare; nothing is answered again."""
    from harness.api import load_run
    from harness.run import imports

    notes = imports.import_logs(sources, out, tasks, lambda stage, state: None)
    imported = load_run(out)
    imported.write_report()
    print_tables(imported.tables)
    for note in notes:
        say(f"note: {note}")
    say(f"Imported into {out}; add to it: valign score {out} --metric …, valign judge {out} --judge …")
