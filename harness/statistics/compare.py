"""Paired comparisons of two systems on the same items, and Holm's correction over a table of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.metrics.base import Values
from harness.statistics.estimate import Estimate, jackknife
from harness.statistics.interval import corrected_p
from harness.statistics.interval import interval as bootstrap_interval
from harness.statistics.resample import Resampler, figures
from tasks.errors import InputError

Array = NDArray[np.float64]

#: Differences closer than this are the same.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """difference: a − b on the items that both systems have a score for. The p-values are two-sided.

    p_bootstrap: paired bootstrap (Koehn 2004) of the centred difference, corrected for few units.
    p_randomisation: approximate randomisation (Noreen 1989; Riezler and Maxwell 2005) as a mid-p (Lancaster 1961):
    swaps that come out exactly as far as the data count half, since items are often right or wrong and ties common;
    counted whole, a true null is rejected in 3.4% of cases in place of 5%. A difference of 0 has 1.
    NaN where nothing can be compared.
    """

    difference: Estimate
    p_bootstrap: float
    p_randomisation: float


def compare(
    a: Values, b: Values, resampler: Resampler, confidence: float = 0.95, interval: str = "percentile"
) -> Comparison:
    """The difference a − b of two systems with its interval and two p-values, all from the shared resamples.

    An item unscored in either system is left out of both and counted. Each p is (1 + as far out) / (1 + R)
    (Phipson and Smyth 2010); the bootstrap's is then passed through `interval.corrected_p`, so that p < 0.05 and a 95%
    percentile interval without 0 go together but for skew.

    Raises:
        InputError: different signatures, so the figures are not comparable; or another kind of interval.
        ValueError: values of another number of items than the resampler's.
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
    """The difference a − b of two `paired` systems with its interval; its replicates (R,); the number of units."""
    sums_a, sums_b = resampler.unit_sums(a), resampler.unit_sums(b)
    value = float(_difference(a, b, sums_a.sum(axis=0, keepdims=True), sums_b.sum(axis=0, keepdims=True))[0])
    replicates = resampler.replicates(a) - resampler.replicates(b)
    without = jackknife(a, sums_a) - jackknife(b, sums_b)
    low, high = bootstrap_interval(interval, replicates, value, without, confidence)
    n = int(sums_a[:, -1].sum())
    signature = f"difference of {a.signature}|{resampler.signature}|ci:{interval}-{confidence:g}"
    return Estimate(value, low, high, n, len(a.statistics) - n, signature), replicates, len(without)


def paired(a: Values, b: Values) -> tuple[Values, Values]:
    """The two, each without the items that the other has no score for; the very objects where nothing changes.

    Raises:
        InputError: different signatures.
        ValueError: different numbers of items.
    """
    if a.signature != b.signature or a.aggregate != b.aggregate:
        raise InputError(f"cannot compare figures measured differently: {a.signature} against {b.signature}")
    if len(a.statistics) != len(b.statistics):
        raise ValueError(f"values of {len(a.statistics)} items against {len(b.statistics)}")
    both = a.scored & b.scored
    return _only(a, both), _only(b, both)


def sacrebleu_p(a: Values, b: Values, resampler: Resampler) -> float:
    """The p that sacrebleu's `--paired-bs` and Moses print: how often |d*| − mean |d*| exceeds |d|.

    It is there to check against their published figures. It is not two-sided: |d*| is hardly ever folded where d is
    large, so one tail is counted, and a true null is rejected about twice as often as the p says; `compare` is not
    built on it.
    """
    a, b = paired(a, b)
    away = np.abs(resampler.replicates(a) - resampler.replicates(b))
    total = [resampler.unit_sums(each).sum(axis=0, keepdims=True) for each in (a, b)]
    exceeding = int(np.sum(away - away.mean() > abs(float(_difference(a, b, *total)[0]))))
    return (1 + exceeding) / (1 + len(away))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment, in the given order: all p below α keep the family-wise error at α.

    A NaN stays NaN and is no member of the family. Source: Holm, Scandinavian Journal of Statistics 6 (1979).
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
    """Swaps the two systems on a random half of the units, again and again, and asks how often they differ as much."""
    from_a, from_b = resampler.swapped_sums(a), resampler.swapped_sums(b)
    moved = from_b - from_a
    first = resampler.unit_sums(a).sum(axis=0) + moved
    second = resampler.unit_sums(b).sum(axis=0) - moved
    differences = _difference(a, b, first, second)
    if abs(value) <= _ROUNDING:
        return 1.0
    return (_share(differences, value) + _share(differences, value, beyond=True)) / 2


def _share(differences: Array, value: float, beyond: bool = False) -> float:
    """(1 + how many are as far from 0 as the value, or `beyond` it) / (1 + R); a rounding error makes no difference."""
    away = np.abs(differences[~np.isnan(differences)])
    slack = _ROUNDING * max(1.0, abs(value))
    far = int(np.sum(away > abs(value) + slack)) if beyond else int(np.sum(away >= abs(value) - slack))
    return (1 + far) / (1 + len(away))
