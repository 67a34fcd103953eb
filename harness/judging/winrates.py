"""Win rates: of a system over its opponents, and head to head."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import VerdictArrays
from harness.metrics.base import Values, mean_values

Array = NDArray[np.float64]
Pairs = Mapping[tuple[int, int], Array]


def win_values(verdicts: VerdictArrays, judge: str) -> dict[str, Values]:
    """What each system's win rate is summed from, by system; the figure is in [0, 1].

    The win rate of a system is the mean over its opponents of its share of the items judged against that opponent:
    a tie is half, an item without a usable verdict is left out of that opponent's share, and an item without any is
    unscored. Per item: points against each opponent, then 1 for each opponent with a usable verdict.
    """
    pairs = verdicts.points()
    return {
        name: _win_values(pairs, number, len(verdicts.items), judge) for number, name in enumerate(verdicts.systems)
    }


def _win_values(pairs: Pairs, system: int, n_items: int, judge: str) -> Values:
    against = [gained if a == system else 1.0 - gained for (a, b), gained in pairs.items() if system in (a, b)]
    signature = f"win_rate|judge:{judge}|opponents:{len(against)}|orders:all"
    if not against:
        return mean_values(np.full(n_items, np.nan).tolist(), signature, ((0, "no opponent"),))
    points = np.stack(against, axis=1)
    judged = ~np.isnan(points)
    statistics = np.hstack([np.where(judged, points, 0.0), judged.astype(np.float64)])
    unscored = ~judged.any(axis=1)
    statistics[unscored] = np.nan
    reasons = tuple((int(item), "no usable verdict") for item in np.flatnonzero(unscored))
    return Values(statistics, "mean_of_ratios", signature, reasons)


def pair_values(verdicts: VerdictArrays, judge: str) -> dict[tuple[str, str], Values]:
    """Head to head: (system, opponent) -> the system's share of each item, both ways round, for every judged pair."""
    values = {}
    for (a, b), gained in verdicts.points().items():
        for one, other, points in ((a, b, gained), (b, a, 1.0 - gained)):
            signature = f"win_rate|judge:{judge}|head to head|orders:all"
            values[verdicts.systems[one], verdicts.systems[other]] = mean_values(points.tolist(), signature)
    return values
