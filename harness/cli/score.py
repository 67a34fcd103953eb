"""`valign score`: add a metric to a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import print_report, say_finished


def score(
    folder: Annotated[Path, typer.Argument(help="the folder of a finished run", show_default=False)],
    metric: Annotated[str, typer.Option(help="bleu, rouge, chrf, bertscore, exact_match, …", show_default=False)],
    settings: Annotated[list[str], typer.Option("--set", help="a setting of the metric: key=value")] = [],  # noqa: B006
) -> None:
    """Add a metric to a finished run, or replace one; nothing is trained, generated or judged."""
    from harness.api import load_run
    from harness.metrics.base import find
    from harness.recipe.recipe import MetricChoice
    from harness.recipe.yaml_files import parse_setting
    from harness.run.additions import add_metric

    choice = MetricChoice(name=metric, settings=dict(parse_setting(one) for one in settings))
    add_metric(folder, choice, say_finished)
    scored = load_run(folder)
    scored.write_report()
    print_report(scored, first=find(metric, choice.settings).columns)
