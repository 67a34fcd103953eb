"""Bootstrap intervals and tails, with a correction for few units and for training runs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.statistics.spread import Spread
from valign.errors import unknown

Array = NDArray[np.float64]

#: The kinds of interval that a recipe can choose.
INTERVALS = ("percentile", "bca")
#: A smaller share of the resamples is too few to tell a p from; Student's t goes on from there.
_REACH = 1 / 1000


def interval(kind: str, replicates: Array, of_runs: Array, without: Array, confidence: float) -> tuple[float, float]:
    """Low and high end of a two-sided interval of a figure, the mean of its training runs.

    kind: `percentile`, or `bca` (bias-corrected and accelerated; Efron 1987). replicates: (R,), the figure of each
    resample of the items. of_runs: (runs,), the figure of each run. without: (units, runs), those without each unit in
    turn. Both kinds are expanded for few units, see `expanded_tail`. With several runs both ends then move away from
    the figure, or towards it, by the ratio of half-widths that Student's t gives `Spread` and the items alone. (NaN,
    NaN) for fewer than two units.

    Raises:
        InputError: an unknown kind of interval.
    """
    if kind not in INTERVALS:
        raise unknown("interval", kind, INTERVALS)
    replicates, value, units = replicates[~np.isnan(replicates)], float(of_runs.mean()), len(without)
    if units < 2 or not len(replicates) or math.isnan(value):
        return math.nan, math.nan
    tail = expanded_tail(confidence, units)
    mean = without.mean(axis=1)
    tails = (tail, 1 - tail) if kind == "percentile" else bca_tails(tail, replicates, value, mean)
    low, high = (float(end) for end in np.quantile(replicates, tails))
    if len(of_runs) == 1:
        return low, high
    spread = Spread.jackknifed(of_runs, without)
    half = _student(confidence, spread.degrees) * spread.standard_error
    if math.isinf(spread.widening):
        return value - half, value + half
    ratio = spread.widening * _student(confidence, spread.degrees) / _student(confidence, units - 1)
    return value - ratio * (value - low), value + ratio * (high - value)


def _student(confidence: float, degrees: float) -> float:
    from scipy import special

    return float(special.stdtrit(degrees, (1 + confidence) / 2))


def expanded_tail(confidence: float, units: int) -> float:
    """The share of replicates beyond each end: Φ(−√(n/(n−1)) t), t the quantile of Student's t with n−1 df.

    A plain percentile interval of n units is too narrow by the factor √((n−1)/n) and by using normal quantiles.
    Source: Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69 (2015), 4.4.
    At 95% it is 0.0145 for 20 units and 0.0248 for 1,000, instead of 0.025.
    """
    from scipy import special

    return float(special.ndtr(-math.sqrt(units / (units - 1)) * _student(confidence, units - 1)))


def tail(beyond: int, resamples: int, away: float, spread: Spread) -> float:
    """The one-sided p of a figure at the distance `away` from a bound, with the correction of `expanded_tail`.

    beyond: how many of the resamples lie on the bound's other side. Where fewer than one in a thousand does, they only
    say that p is small; Student's t with the standard error of `spread` then says how small. So p < α where the
    interval of confidence 1 − 2α does not reach the bound, but for skew and for ties in a discrete bootstrap. NaN for
    fewer than two units; 0 where nothing varies.
    """
    if spread.units < 2:
        return math.nan
    if _out_of_reach(beyond, resamples):
        return _student_tail(away, spread)
    return _corrected((1 + beyond) / (1 + resamples), spread)


def two_sided(beyond: int, resamples: int, away: float, spread: Spread) -> float:
    """The two-sided p of a difference `away` from 0; beyond: how many resamples of the null come as far on either side.

    As `tail`; where nothing varies it is that of the sign test, 2^(1 − units).
    """
    if spread.units < 2:
        return math.nan
    if not _out_of_reach(beyond, resamples):
        return min(1.0, 2 * _corrected((1 + beyond) / (1 + resamples) / 2, spread))
    return 2 * _student_tail(away, spread) if spread.variance > 0 else sign_test(spread.units)


def swapped(reaching: float, resamples: int, away: float, spread: Spread) -> float:
    """The two-sided p of swaps, of which `reaching` come as far as the difference.

    Beyond their reach Student's t goes on, down to the sign test's p; no test by swapping n units has a smaller one.
    """
    from scipy import special

    share = (1 + reaching) / (1 + resamples)
    if spread.units < 2:
        return share
    if _out_of_reach(reaching, resamples):
        return max(2 * _student_tail(away, spread), sign_test(spread.units))
    if spread.runs == 1:
        return share
    student = special.stdtrit(spread.units - 1, share / 2) / spread.widening
    return 2 * float(special.stdtr(spread.degrees, student))


def sign_test(units: int) -> float:
    """The two-sided p of the sign test where all units agree: 2^(1 − units)."""
    return float(2.0 ** (1 - units))


def _out_of_reach(beyond: float, resamples: int) -> bool:
    return beyond < max(1.0, _REACH * resamples)


def _student_tail(away: float, spread: Spread) -> float:
    from scipy import special

    error = spread.standard_error
    return float(special.stdtr(spread.degrees, -away / error)) if error > 0 else 0.0


def _corrected(share: float, spread: Spread) -> float:
    """A one-sided p from a share of resamples: Student's t at Φ⁻¹(share) √((n−1)/n), over what runs add."""
    from scipy import special

    student = special.ndtri(share) * math.sqrt((spread.units - 1) / spread.units)
    return float(special.stdtr(spread.degrees, student / spread.widening))


def bca_tails(tail: float, replicates: Array, value: float, jackknife: Array) -> tuple[float, float]:
    """The quantiles of the replicates that bound a BCa interval: Φ(z₀ + (z₀ ± z) / (1 − a(z₀ ± z))).

    Replicates equal to the figure count half in the bias z₀. Source: Efron and Tibshirani, An Introduction to the
    Bootstrap (1993), equations 14.10, 14.14 and 14.15.
    """
    from scipy import special

    below = float(np.mean(replicates < value) + np.mean(replicates == value) / 2)
    if below in (0.0, 1.0):
        return tail, 1 - tail
    bias = special.ndtri(below)
    away = jackknife.mean() - jackknife
    spread = float((away**2).sum())
    acceleration = float((away**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    ends = bias + special.ndtri(np.array([tail, 1 - tail]))
    low, high = special.ndtr(bias + ends / (1 - acceleration * ends))
    return float(low), float(high)
