"""Win rates: of a system over its opponents, and head to head."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from harness.judging.verdicts import VerdictArrays
from harness.statistics.values import Values, mean_values


def win_rates(verdicts: VerdictArrays, judge: str) -> dict[str, Values]:
    """The per-item values of each system's win rate over all its opponents, see `win_rate`."""
    return {name: win_rate(verdicts, judge, name) for name in verdicts.systems}


def win_rate(verdicts: VerdictArrays, judge: str, system: str, opponents: Collection[str] | None = None) -> Values:
    """The per-item values of a system's win rate in [0, 1] over some opponents, over all where None.

    The win rate is the mean over the opponents of the system's share of the items: a tie is half, an item without a
    parsed verdict against an opponent is left out of that opponent's share, an item without any is unscored.
    Statistics per item: points against each opponent, then for each opponent 1 if there is a parsed verdict, else 0.
    """
    names, against = verdicts.systems, []
    for (a, b), points in verdicts.points.items():
        if system in (names[a], names[b]):
            opponent = names[b] if names[a] == system else names[a]
            if opponents is None or opponent in opponents:
                against.append(points if names[a] == system else 1.0 - points)
    signature = f"win_rate|judge:{judge}|opponents:{len(against)}|orders:all"
    if not against:
        return mean_values(np.full(len(verdicts.items), np.nan).tolist(), signature, ((0, "no opponent"),))
    table = np.stack(against, axis=1)
    judged = ~np.isnan(table)
    statistics = np.hstack([np.where(judged, table, 0.0), judged.astype(np.float64)])
    unscored = ~judged.any(axis=1)
    statistics[unscored] = np.nan
    reasons = tuple((int(item), "no usable verdict") for item in np.flatnonzero(unscored))
    return Values(statistics, "mean_of_ratios", signature, reasons)


def head_to_head(verdicts: VerdictArrays, judge: str) -> dict[tuple[str, str], Values]:
    """(system, opponent) -> the system's share of each item, for every judged pair in both directions."""
    values = {}
    for (a, b), gained in verdicts.points.items():
        for one, other, points in ((a, b, gained), (b, a, 1.0 - gained)):
            signature = f"win_rate|judge:{judge}|head to head|orders:all"
            values[verdicts.systems[one], verdicts.systems[other]] = mean_values(points.tolist(), signature)
    return values
