"""Which differences count as shown: one rule for sentences, tables and marks."""

from __future__ import annotations

from harness.recipe.recipe import Recipe
from harness.run.columns import judge_of
from harness.run.figures import DocumentResults, SystemComparison


def level(recipe: Recipe) -> float:
    """The level of the tests, 1 − confidence; rounded, since 1 − 0.95 is more than 0.05 in floating point."""
    return round(1 - recipe.statistics.confidence, 12)


def is_shown(recipe: Recipe, tested: SystemComparison) -> bool:
    """Whether a difference is significant after correction; never of an exploratory comparison."""
    return tested.primary and tested.p_holm < level(recipe)


def is_useless(results: DocumentResults, column: str) -> bool:
    """Whether a column is the win rate of a judge that its audit calls useless."""
    report = results.judges.get(judge_of(column) or "")
    return report is not None and bool(report.alarms)
