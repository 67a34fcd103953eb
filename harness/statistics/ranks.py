"""Confidence sets for ranks: which ranks a system can hold, from the paired differences of all systems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.statistics.compare import difference, paired
from harness.statistics.resample import Resampler
from harness.statistics.spread import Spread
from harness.statistics.values import Values

Array = NDArray[np.float64]

#: Relative to the larger of 1 and the difference: a smaller difference is none, a smaller spread is none.
_ROUNDING = 1e-9
#: Of fewer units − 1 the bootstrap does not know well enough how the differences depend on each other.
_FEW = 29


@dataclass(frozen=True)
class RankSet:
    """The ranks that a system can hold, `low` to `high`, 1 the best.

    rank: by the figures alone, 1 + the number of systems with a higher one, so that equal figures share a rank. The set
    contains it.
    """

    rank: int
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class PairDifference:
    """The difference of two systems: its value, its bootstrap replicates float64 (R,), and its standard error.

    degrees: of freedom of the standard error. NaN as the value: the two have nothing in common, and nothing
    is shown about them.
    """

    value: float
    replicates: Array
    error: float
    degrees: float

    @classmethod
    def of(cls, value: float, replicates: Array, spread: Spread) -> PairDifference:
        """With the standard error over items and training runs."""
        return cls(value, replicates, spread.standard_error, spread.degrees)


def rank_sets(n_systems: int, differences: Sequence[PairDifference], confidence: float = 0.95) -> tuple[RankSet, ...]:
    """Simultaneous confidence sets for the ranks of all systems; a higher figure is better.

    All sets contain the true ranks together with probability `confidence`. A system's best rank is 1 + the number of
    systems shown to be better, its worst is the number of systems less those shown to be worse. Systems that are truly
    equal share their ranks, and the set contains all of them.

    A difference is shown where its studentised value exceeds a critical value: the quantile of the largest studentised
    bootstrap difference over all pairs in both directions. Differences already shown are then left out, and the
    quantile taken again, until no more are shown. The critical value is expanded for few units as all our intervals are
    (`interval.expanded_tail`), so that for two systems the test is that of the paired interval, but for skew. Of fewer
    than 30 units it is at least Bonferroni's: with 12 the bootstrap's alone shows a false difference in 7% of cases.

    differences: of each pair (i, j), i < j, i − j, in the order of `itertools.combinations`. Sources: Mogstad, Romano,
    Shaikh and Wilhelm, Inference for Ranks, Review of Economic Studies 91 (2024), sections 3.2 and 3.3; the stepwise
    method is that of Romano and Wolf, Econometrica 73 (2005).

    Raises:
        ValueError: the number of differences is not that of the pairs.
    """
    pairs = list(combinations(range(n_systems), 2))
    if len(pairs) != len(differences):
        raise ValueError(f"{len(differences)} differences for {len(pairs)} pairs of {n_systems} systems")
    better = np.zeros((n_systems, n_systems), dtype=bool)
    for i, j in _shown(pairs, differences, confidence):
        better[i, j] = True
    higher = np.zeros_like(better)
    for (i, j), one in zip(pairs, differences, strict=True):
        if abs(one.value) > _tolerance(one):
            higher[i, j], higher[j, i] = one.value > 0, one.value < 0
    return tuple(
        RankSet(1 + int(higher[:, i].sum()), 1 + int(better[:, i].sum()), n_systems - int(better[i].sum()))
        for i in range(n_systems)
    )


def rank_values(
    values: Sequence[Values], resampler: Resampler, confidence: float = 0.95, lower_is_better: bool = False
) -> tuple[RankSet, ...]:
    """`rank_sets` of systems by their values on the same items; each pair on the items that both have a score for.

    Raises:
        InputError: the signatures differ, so the figures are not comparable.
    """
    resampler.prepare(values, swaps=False)
    differences = []
    for one, other in combinations(values, 2):
        a, b = (other, one) if lower_is_better else (one, other)
        found = difference(*paired(a, b), resampler, confidence, "percentile")
        differences.append(PairDifference.of(found.estimate.value, found.replicates, found.spread))
    return rank_sets(len(values), differences, confidence)


def _tolerance(one: PairDifference) -> float:
    return _ROUNDING * max(1.0, abs(one.value))


def _shown(
    pairs: Sequence[tuple[int, int]], differences: Sequence[PairDifference], confidence: float
) -> set[tuple[int, int]]:
    """The ordered pairs whose first system is shown to be better, with family-wise error 1 − confidence."""
    shown = set()
    open_pairs: dict[tuple[int, int], tuple[float, Array, float]] = {}
    for (i, j), one in zip(pairs, differences, strict=True):
        if math.isnan(one.value) or one.degrees < 1:
            continue
        if one.error <= _tolerance(one):  # every resample gives the same difference
            if abs(one.value) > _tolerance(one):
                shown.add((i, j) if one.value > 0 else (j, i))
            continue
        away = (one.replicates - np.nanmean(one.replicates)) / np.nanstd(one.replicates)
        for pair, sign in (((i, j), 1), ((j, i), -1)):
            open_pairs[pair] = (sign * one.value / one.error, np.nan_to_num(sign * away, nan=-np.inf), one.degrees)
    while open_pairs:
        tail = _tail(list(open_pairs.values()), confidence)
        level = (1 - confidence) / len(open_pairs)
        found = [pair for pair, (t, _, degrees) in open_pairs.items() if t > _critical(tail, degrees, level)]
        if not found:
            break
        shown.update(found)
        open_pairs = {pair: one for pair, one in open_pairs.items() if pair not in shown}
    return shown


def _tail(open_pairs: Sequence[tuple[float, Array, float]], confidence: float) -> float:
    """The normal tail beyond the quantile of the largest studentised bootstrap difference over the pairs."""
    from scipy import special

    largest = open_pairs[0][1].copy()
    for _, away, _ in open_pairs[1:]:
        np.maximum(largest, away, out=largest)
    return float(special.ndtr(-np.quantile(largest, confidence)))


def _critical(tail: float, degrees: float, level: float) -> float:
    """Student's t with that tail. level: Bonferroni's of a single pair; for few units the tail is not above it."""
    from scipy import special

    return float(-special.stdtrit(degrees, min(tail, level) if degrees < _FEW else tail))
