"""Flips: the items that a candidate gets right and main does not, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.gate.sides import Pair


@dataclass(frozen=True)
class Flip:
    """An item whose value went from right (1) to wrong (0), or back.

    fixed: whether it went to right. prompt, main, candidate: what was asked and answered, empty where an item has none.
    """

    item: str
    section: str
    fixed: bool
    prompt: str
    main: str
    candidate: str


def flips(pair: Pair, lower_is_better: bool = False) -> tuple[Flip, ...] | None:
    """The flips of a pair in the order of the items; None where the metric has other values than right and wrong.

    An item unscored on one side is no flip.
    """
    values = [one.statistics for one in (pair.main, pair.candidate)]
    if {pair.main.aggregate, pair.candidate.aggregate} != {"mean"} or not all(map(_is_binary, values)):
        return None
    main, candidate = (one[:, 0] for one in values)
    found = []
    for at in np.flatnonzero(np.abs(main - candidate) == 1).tolist():
        item = pair.scored.items[at]
        prompt = pair.scored.prompts[at] if pair.scored.prompts else ""
        texts = [own[at] if own else "" for own in pair.texts]
        fixed = bool(candidate[at] > main[at]) != lower_is_better
        found.append(Flip(item.id, item.section or "", fixed, prompt, *texts))
    return tuple(found)


def _is_binary(statistics: np.ndarray) -> bool:
    return bool(np.isin(statistics[~np.isnan(statistics)], (0.0, 1.0)).all())
