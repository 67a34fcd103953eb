"""The verdict of a run in sentences that its statistics support, made from the primary comparisons."""

from __future__ import annotations

import math

from harness.report.formats.base import Report
from harness.report.run_tables import heading, scale
from harness.run.figures import DocumentResults, SystemComparison
from harness.run.reading import judge_of

_ALPHA = 0.05


def conclusions(report: Report) -> list[str]:
    """One sentence for each tested pair of systems and document, on the judge's win rate or else the first column."""
    several = len(report.documents) > 1
    return [
        f"{results.title}: {sentence(tested)}" if several else sentence(tested)
        for results in report.documents
        for tested in _leading(results)
    ]


def sentence(tested: SystemComparison) -> str:
    """What a comparison shows: the difference with its interval, or the difference that would have been needed."""
    difference = tested.comparison.difference
    factor, decimals = scale(tested.column)
    unit = ""
    if judge_of(tested.column):
        factor, decimals, unit = 100.0, 1, " points"
    value, low, high = (f"{x * factor:+.{decimals}f}" for x in (difference.value, difference.low, difference.high))
    figure = f"{heading(tested.column)} {value}{unit} [{low}, {high}]"
    p = tested.comparison.p_bootstrap if math.isnan(tested.p_holm) else tested.p_holm
    if p >= _ALPHA or math.isnan(p):
        detectable = f"{tested.power.detectable * factor:.{decimals}f}{unit}"
        return (
            f"No difference shown between {tested.better} and {tested.worse}: {figure}; "
            f"differences from {detectable} on would usually be found."
        )
    names = (tested.better, tested.worse) if difference.value > 0 else (tested.worse, tested.better)
    return f"{names[0]} is ahead of {names[1]}: {tested.better} − {tested.worse}, {figure}."


def _leading(results: DocumentResults) -> list[SystemComparison]:
    useless = {name for name, judge in results.judges.items() if judge.alarms}
    primary = [one for one in results.tested if one.primary and judge_of(one.column) not in useless]
    by_pair: dict[tuple[str, str], SystemComparison] = {}
    for one in sorted(primary, key=lambda one: judge_of(one.column) is None):
        by_pair.setdefault((one.better, one.worse), one)
    order = list(dict.fromkeys((one.better, one.worse) for one in primary))
    return [by_pair[pair] for pair in order]
