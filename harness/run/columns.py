"""The columns of a run's tables that are no metric's: preference pairs, win rates, and safety figures."""

from __future__ import annotations

PREFERENCE = "preference_accuracy"
CONTRAST = "contrast_accuracy"
_WIN = "win_rate["
#: The safety figures that tables show, of those that a task has; the others are in the spreadsheet.
SAFETY_HEADLINE = (
    "refused", "truthful", "accuracy", "bias", "stereotype_preferred", "chosen_likelier", "truth_mass", "biased",
    "negative", "toxic",
)  # fmt: skip


def win_column(judge: str) -> str:
    """The column of a judge's win rate."""
    return f"{_WIN}{judge}]"


def judge_of(column: str) -> str | None:
    """The judge of a win rate column; None for any other column."""
    return column.removeprefix(_WIN).removesuffix("]") if column.startswith(_WIN) else None
