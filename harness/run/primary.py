"""What a recipe's conclusions rest on: its primary comparisons and columns. Everything else is exploratory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.metrics.base import METRICS
from harness.recipe import Recipe
from harness.run.columns import PREFERENCE, SAFETY_HEADLINE, win_column
from valign.errors import InputError, unknown

#: Columns that are in no family, with the one that stands for them: its parts, and what hardly differs from it.
IN_NO_FAMILY = {"bertscore_precision": "bertscore_f1", "bertscore_recall": "bertscore_f1", "rougeLsum": "rougeL"}


def primary_columns(recipe: Recipe, columns: Sequence[str]) -> dict[str, float | None]:
    """Those of `columns` that are primary, each with the smallest difference that matters where the recipe gives one.

    A recipe that names none has the first column of its first metric, every judge's win rate, and the share of
    preference pairs: one for each thing that is measured. columns: the first metric's first.
    """
    wins = [win_column(judge.key) for judge in recipe.judges]
    named = recipe.primary.metrics or dict.fromkeys([*columns[:1], *wins, PREFERENCE])
    return {name: wanted for name, wanted in named.items() if name in columns and name not in IN_NO_FAMILY}


def primary_comparisons(recipe: Recipe) -> list[tuple[str, str]]:
    """The primary comparisons: those that the recipe names, else all of its comparisons."""
    return recipe.primary.comparisons or recipe.comparisons


def check_primary(recipe: Recipe) -> None:
    """Check the columns that a recipe calls primary.

    Raises:
        InputError: a column is none of the recipe's, or it is in no family.
    """
    known = list(planned_columns(recipe))
    for name in recipe.primary.metrics:
        if other := IN_NO_FAMILY.get(name):
            raise InputError(f"primary.metrics: {name} is a part or a near-duplicate of {other}; name that")
        if name not in known:
            raise unknown("column in primary.metrics", name, known)
    for name in recipe.primary.safety:
        if name not in SAFETY_HEADLINE:
            raise unknown("column in primary.safety", name, SAFETY_HEADLINE)


def planned_columns(recipe: Recipe) -> Iterator[str]:
    """The columns that a recipe's tables have, in order, where the data have preference pairs."""
    for metric in recipe.metrics:
        yield from METRICS.find(metric.name).columns
    yield from (win_column(judge.key) for judge in recipe.judges)
    yield PREFERENCE
