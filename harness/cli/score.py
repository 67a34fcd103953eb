"""`valign score`: another metric for a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def score(
    folder: Annotated[Path, typer.Argument(help="the folder of a finished run", show_default=False)],
    metric: Annotated[str, typer.Option(help="bleu, rouge, chrf, bertscore, exact_match, …", show_default=False)],
    settings: Annotated[list[str], typer.Option("--set", help="a setting of the metric: key=value")] = [],  # noqa: B006
) -> None:
    """Add a metric to a finished run, or redo one with other settings; nothing is trained, generated or judged."""
    from harness.cli.app import console
    from harness.config import parse_setting
    from harness.recipe import MetricChoice
    from harness.report.table import console as as_rich
    from harness.rescore import score_run

    choice = MetricChoice(name=metric, settings=dict(parse_setting(one) for one in settings))
    show = console()
    for table in score_run(folder, choice, lambda what: show.print(f"score {what}", highlight=False, markup=False)):
        show.print(as_rich(table))
