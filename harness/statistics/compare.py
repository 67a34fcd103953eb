"""Paired comparisons of two systems on the same items, and Holm's correction over a table of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.statistics.estimate import Estimate, jackknife, summarised
from harness.statistics.interval import swapped, two_sided
from harness.statistics.resample import Resampler, figures, run_figures
from harness.statistics.spread import Spread
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
    Both are NaN where no item is scored in both systems, and p_bootstrap for fewer than two units.
    """

    difference: Estimate
    p_bootstrap: float
    p_randomisation: float


def compare(
    a: Values, b: Values, resampler: Resampler, confidence: float = 0.95, interval: str = "percentile"
) -> Comparison:
    """The difference a − b of two systems with its interval and two p-values, all from the shared resamples.

    An item unscored in either system is left out of both and counted. Each p is (1 + number of resamples at least as
    extreme) / (1 + R) (Phipson and Smyth 2010); where fewer than one in a thousand is, Student's t goes on with the
    jackknife's standard error. The bootstrap's p is corrected as the interval is (`interval.two_sided`), so that, but
    for skew, p < 0.05 where a 95% percentile interval excludes 0. Training runs are compared one by one, seed by seed;
    a system of one run with each run of the other. Both p-values then hold what the runs differ by, see `Spread`.

    Raises:
        InputError: the signatures differ, so the figures are not comparable; their numbers of runs differ and neither
            is 1; or an unknown kind of interval.
        ValueError: the number of items differs from the resampler's.
    """
    a, b = paired(a, b)
    found = difference(a, b, resampler, confidence, interval)
    value, spread, replicates = found.estimate.value, found.spread, found.replicates
    if np.isnan(replicates).all():
        return Comparison(found.estimate, math.nan, math.nan)
    centred = replicates - np.nanmean(replicates)
    p_bootstrap = two_sided(_reaching(centred, value), _counted(centred), abs(value), spread)
    reaching, swaps = _swaps_reaching(a, b, resampler, value)
    p_randomisation = 1.0 if abs(value) <= _ROUNDING else swapped(reaching, swaps, abs(value), spread)
    return Comparison(found.estimate, p_bootstrap, p_randomisation)


@dataclass(frozen=True)
class Difference:
    """A difference with its interval, its replicates, float64 (R,), and its variance."""

    estimate: Estimate
    replicates: Array
    spread: Spread


def difference(a: Values, b: Values, resampler: Resampler, confidence: float, interval: str) -> Difference:
    """The difference a − b of two `paired` values."""
    sums_a, sums_b = resampler.unit_sums(a), resampler.unit_sums(b)
    of_runs = (run_figures(a, sums_a.sum(axis=0, keepdims=True)) - run_figures(b, sums_b.sum(axis=0, keepdims=True)))[0]
    replicates = resampler.replicates(a) - resampler.replicates(b)
    without = jackknife(a, sums_a) - jackknife(b, sums_b)
    n = int(sums_a[:, -1].sum())
    counts, signature = (n, len(a.statistics) - n), f"difference of {a.signature}|{resampler.signature}"
    found = summarised(of_runs, replicates, without, counts, signature, confidence, interval)
    return Difference(found, replicates, Spread.jackknifed(of_runs, without))


def paired(a: Values, b: Values) -> tuple[Values, Values]:
    """Both values on the items that are scored in both; the same objects where nothing changes.

    Raises:
        InputError: the signatures differ, or the numbers of training runs do and neither is 1.
        ValueError: the numbers of items differ.
    """
    if a.signature != b.signature or a.aggregate != b.aggregate:
        raise InputError(f"cannot compare figures measured differently: {a.signature} against {b.signature}")
    if a.runs != b.runs and 1 not in (a.runs, b.runs):
        raise InputError(f"cannot compare {a.runs} training runs with {b.runs}; expected as many, or one")
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
    first, second = (figures(each, resampler.unit_sums(each).sum(axis=0, keepdims=True)) for each in (a, b))
    exceeding = int(np.sum(away - away.mean() > abs(float((first - second)[0]))))
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


def _swaps_reaching(a: Values, b: Values, resampler: Resampler, value: float) -> tuple[float, int]:
    """How many swaps of the two systems on random halves of the units come as far, ties half; and of how many."""
    from_a, from_b = resampler.swapped_sums(a), resampler.swapped_sums(b)
    if a.runs != b.runs:  # the one run stands in for each of the other's
        from_a, from_b = _as_many(a, from_a, b.runs), _as_many(b, from_b, a.runs)
    sums_a = _as_many(a, resampler.unit_sums(a).sum(axis=0, keepdims=True), b.runs)
    sums_b = _as_many(b, resampler.unit_sums(b).sum(axis=0, keepdims=True), a.runs)
    exchanged = from_b - from_a
    wider = a if a.runs >= b.runs else b
    differences = figures(wider, sums_a + exchanged) - figures(wider, sums_b - exchanged)
    reaching = _reaching(differences, value) + _reaching(differences, value, beyond=True)
    return reaching / 2, _counted(differences)


def _as_many(values: Values, sums: Array, runs: int) -> Array:
    """The sums (R, k + 1) of a single run repeated for `runs` runs; those of several as they are."""
    return sums if values.runs > 1 or runs == 1 else np.hstack([np.tile(sums[:, :-1], runs), sums[:, -1:]])


def _counted(differences: Array) -> int:
    return int((~np.isnan(differences)).sum())


def _reaching(differences: Array, value: float, beyond: bool = False) -> int:
    """How many differences have at least the value's magnitude, or go `beyond` it, with a tolerance."""
    away = np.abs(differences[~np.isnan(differences)])
    slack = _ROUNDING * max(1.0, abs(value))
    return int(np.sum(away > abs(value) + slack) if beyond else np.sum(away >= abs(value) - slack))
