"""How the columns of tables are called, and how their figures are written."""

from __future__ import annotations

import math

from harness.report.cells import few_units
from harness.run.columns import CONTRAST, PREFERENCE, judge_of
from harness.statistics import Estimate

#: Column -> (heading, factor, decimals). Others are shown under their own name with three decimals.
_SHOWN = {
    "bleu": ("BLEU", 1.0, 2),
    "rouge1": ("ROUGE-1", 1.0, 3),
    "rouge2": ("ROUGE-2", 1.0, 3),
    "rougeL": ("ROUGE-L", 1.0, 3),
    "rougeLsum": ("ROUGE-Lsum", 1.0, 3),
    "bertscore_f1": ("BERTScore", 1.0, 3),
    "chrf": ("chrF", 1.0, 2),
    "section_hit": ("section hit", 100.0, 1),
    PREFERENCE: ("chosen likelier", 100.0, 1),
    CONTRAST: ("contrast right", 100.0, 1),
    "adherence": ("adherence", 100.0, 1),
    "stance": ("stance right", 100.0, 1),
    "key_facts": ("key facts", 100.0, 1),
}
#: Shown in no table; they are in the data files.
HIDDEN = ("bertscore_precision", "bertscore_recall")


def heading(column: str) -> str:
    """A column's heading."""
    if judge := judge_of(column):
        return f"win rate ({judge})"
    return _SHOWN.get(column, (column, 1.0, 3))[0]


def is_known(column: str) -> bool:
    """Whether the column is one of ours, of which higher figures are better."""
    return column in _SHOWN


def scale(column: str) -> tuple[float, int]:
    """By what a column's values are multiplied where people read them, and to how many decimals."""
    return _SHOWN.get(column, (column, 1.0, 3))[1:]


def scaled(column: str, value: float) -> str:
    """A number in a column's units, as tables show them."""
    factor, decimals = scale(column)
    return f"{value * factor:.{decimals}f}"


def shown(column: str, estimate: Estimate | None) -> str:
    """A figure with its interval and, if there are any, the number of unscored items."""
    if estimate is None:
        return "no such items"
    if math.isnan(estimate.value):
        return f"none of {estimate.n + estimate.n_unscored} scored"
    value, low, high = (scaled(column, x) for x in (estimate.value, estimate.low, estimate.high))
    interval = "no interval: one section" if math.isnan(estimate.low) else f"{low}, {high}"
    left_out = f" ({estimate.n_unscored} unscored)" if estimate.n_unscored else ""
    return f"{value} [{interval}]{few_units(estimate)}{left_out}"
