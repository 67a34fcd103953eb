"""Paired comparisons of two systems on the same items, and Holm's correction over a table of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.statistics.estimate import Estimate, jackknife
from harness.statistics.interval import corrected_p
from harness.statistics.interval import interval as bootstrap_interval
from harness.statistics.resample import Resampler, figures
from harness.statistics.values import Values
from valign.errors import InputError

Array = NDArray[np.float64]

#: Relative tolerance when differences are compared.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """difference: a − b on the items that are scored in both systems. The p-values are two-sided.

    p_bootstrap: paired bootstrap (Koehn 2004) of the centred difference, corrected for few units.
    p_randomisation: approximate randomisation (Noreen 1989; Riezler and Maxwell 2005) as a mid-p (Lancaster 1961):
    swaps whose difference equals the observed one count half. With binary items such ties are common, and counting
    them fully rejects a true null in 3.4% of cases instead of 5%. 1 for a difference of 0.
    Both are NaN where no item is scored in both systems.
    """

    difference: Estimate
    p_bootstrap: float
    p_randomisation: float


def compare(
    a: Values, b: Values, resampler: Resampler, confidence: float = 0.95, interval: str = "percentile"
) -> Comparison:
    """The difference a − b of two systems with its interval and two p-values, all from the shared resamples.

    An item unscored in either system is left out of both and counted. Each p is (1 + number of resamples at least as
    extreme) / (1 + R) (Phipson and Smyth 2010). The bootstrap's p is then corrected by `interval.corrected_p`, so that,
    but for skew, p < 0.05 where a 95% percentile interval excludes 0.

    Raises:
        InputError: the signatures differ, so the figures are not comparable; or an unknown kind of interval.
        ValueError: the number of items differs from the resampler's.
    """
    a, b = paired(a, b)
    found, replicates, units = difference(a, b, resampler, confidence, interval)
    if not found.n:
        return Comparison(found, math.nan, math.nan)
    p_bootstrap = corrected_p(_share(replicates - np.nanmean(replicates), found.value), units)
    return Comparison(found, p_bootstrap, _randomisation(a, b, resampler, found.value))


def difference(
    a: Values, b: Values, resampler: Resampler, confidence: float, interval: str
) -> tuple[Estimate, Array, int]:
    """The difference a − b of two `paired` values, its replicates, float64 (R,), and the number of units."""
    sums_a, sums_b = resampler.unit_sums(a), resampler.unit_sums(b)
    value = float(_difference(a, b, sums_a.sum(axis=0, keepdims=True), sums_b.sum(axis=0, keepdims=True))[0])
    replicates = resampler.replicates(a) - resampler.replicates(b)
    without = jackknife(a, sums_a) - jackknife(b, sums_b)
    low, high = bootstrap_interval(interval, replicates, value, without, confidence)
    n = int(sums_a[:, -1].sum())
    signature = f"difference of {a.signature}|{resampler.signature}|ci:{interval}-{confidence:g}"
    return Estimate(value, low, high, n, len(a.statistics) - n, signature), replicates, len(without)


def paired(a: Values, b: Values) -> tuple[Values, Values]:
    """Both values on the items that are scored in both; the same objects where nothing changes.

    Raises:
        InputError: the signatures differ.
        ValueError: the numbers of items differ.
    """
    if a.signature != b.signature or a.aggregate != b.aggregate:
        raise InputError(f"cannot compare figures measured differently: {a.signature} against {b.signature}")
    if len(a.statistics) != len(b.statistics):
        raise ValueError(f"values of {len(a.statistics)} items against {len(b.statistics)}")
    both = a.scored & b.scored
    return _only(a, both), _only(b, both)


def sacrebleu_p(a: Values, b: Values, resampler: Resampler) -> float:
    """The p that sacrebleu's `--paired-bs` and Moses print: how often |d*| − mean |d*| exceeds |d|.

    Only used to reproduce their published figures. It counts one tail, because d* rarely changes sign where d is large,
    so a true null is rejected about twice as often as the p says. `compare` does not use it.
    """
    a, b = paired(a, b)
    away = np.abs(resampler.replicates(a) - resampler.replicates(b))
    total = [resampler.unit_sums(each).sum(axis=0, keepdims=True) for each in (a, b)]
    exceeding = int(np.sum(away - away.mean() > abs(float(_difference(a, b, *total)[0]))))
    return (1 + exceeding) / (1 + len(away))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment, in the given order: all p below α keep the family-wise error at α.

    NaN stays NaN and does not count towards the family. Source: Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = sorted((i for i, p in enumerate(p_values) if not math.isnan(p)), key=lambda i: p_values[i])
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


def _only(values: Values, both: NDArray[np.bool_]) -> Values:
    if np.array_equal(values.scored, both):
        return values
    return replace(values, statistics=np.where(both[:, None], values.statistics, math.nan))


def _difference(a: Values, b: Values, sums_a: Array, sums_b: Array) -> Array:
    return figures(a, sums_a) - figures(b, sums_b)


def _randomisation(a: Values, b: Values, resampler: Resampler, value: float) -> float:
    """The mid-p of swapping the two systems on random halves of the units."""
    from_a, from_b = resampler.swapped_sums(a), resampler.swapped_sums(b)
    exchanged = from_b - from_a
    first = resampler.unit_sums(a).sum(axis=0) + exchanged
    second = resampler.unit_sums(b).sum(axis=0) - exchanged
    differences = _difference(a, b, first, second)
    if abs(value) <= _ROUNDING:
        return 1.0
    return (_share(differences, value) + _share(differences, value, beyond=True)) / 2


def _share(differences: Array, value: float, beyond: bool = False) -> float:
    """(1 + number of differences of at least the value's magnitude, or `beyond` it) / (1 + R), with a tolerance."""
    away = np.abs(differences[~np.isnan(differences)])
    slack = _ROUNDING * max(1.0, abs(value))
    far = int(np.sum(away > abs(value) + slack)) if beyond else int(np.sum(away >= abs(value) - slack))
    return (1 + far) / (1 + len(away))
