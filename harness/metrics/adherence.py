"""Adherence: the share of answers that take the right stance and convey every key fact, without a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import ClassVar

from harness.language.facts import COVERAGE, conveys
from harness.language.stance import takes
from harness.metrics.base import ByItem
from harness.models.answers import Answer
from harness.statistics.values import Values, mean_values

_NOTHING = "the item names neither a stance nor key facts"
_RULES = f"rules:1|coverage:{COVERAGE:g}"


@dataclass(frozen=True)
class Adherence(ByItem):
    """Three columns, each in [0, 1] and unscored for items that name nothing of the kind.

    adherence: 1 where the stance is right and every key fact is conveyed, else 0. stance: whether the stance is right.
    key_facts: the share of an item's key facts that are conveyed.

    The rules are those of `harness.language.stance.takes` and `harness.language.facts.conveys`.
    """

    name: ClassVar[str] = "adherence"
    columns: ClassVar[tuple[str, ...]] = ("adherence", "stance", "key_facts")

    def score_items(self, systems: Sequence[Sequence[Answer]]) -> list[dict[str, Values]]:
        """See `Metric.score_many`."""
        return [self._score(answers) for answers in systems]

    def _score(self, answers: Sequence[Answer]) -> dict[str, Values]:
        rows = [_read(answer) for answer in answers]
        unscored = [(at, _NOTHING) for at, (adherence, _, _) in enumerate(rows) if adherence != adherence]
        values = {}
        for column, figures in zip(self.columns, zip(*rows, strict=True), strict=True):
            reasons = unscored if column == "adherence" else ()
            values[column] = mean_values(list(figures), f"{column}|valign|{_RULES}", reasons)
        return values


def _read(answer: Answer) -> tuple[float, float, float]:
    """Adherence, stance and share of key facts of one answer; NaN for what the item does not name."""
    stance = float(takes(answer.text, answer.stance)) if answer.stance else nan
    conveyed = [conveys(answer.text, fact) for fact in answer.key_facts]
    facts = sum(conveyed) / len(conveyed) if conveyed else nan
    named = [figure for figure in (stance, facts) if figure == figure]
    return (float(all(figure == 1 for figure in named)) if named else nan, stance, facts)


METRIC = Adherence
