"""Is one system better than another by more than a bound, or worse? For gates: two one-sided tests of a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.metrics.base import Values
from harness.statistics.compare import difference, paired
from harness.statistics.estimate import Estimate
from harness.statistics.interval import corrected_tail
from harness.statistics.power import Power, power
from harness.statistics.resample import Resampler


@dataclass(frozen=True)
class MarginTest:
    """What the data say of a difference d = a − b and a bound.

    difference: d with its two-sided percentile interval. p_above: one-sided, small where d is shown to lie above the
    bound; p_below: below. The lower end of the interval lies above the bound exactly where p_above is below
    (1 − confidence) / 2, and so for the upper end and p_below (but for the ties of a discrete bootstrap). NaN where
    nothing can be compared.
    """

    difference: Estimate
    p_above: float
    p_below: float
    power: Power


def margin_test(
    a: Values,
    b: Values,
    resampler: Resampler,
    bound: float,
    confidence: float = 0.95,
    wanted_power: float = 0.8,
    family: int = 1,
    same: bool = False,
) -> MarginTest:
    """Test the difference a − b against a bound from the shared resamples.

    The p-values invert the percentile interval, expanded for few units (`interval.expanded_tail`): the share of
    replicates on the wrong side of the bound; where there is none, see `_tail`. The power is that of finding a true
    difference of 0 to lie above a bound below 0 with probability `wanted_power`, in the first step of Holm's method
    over a `family` of tests.

    Where every item is 0 or 1 and the two systems agree on all, a bootstrap sees no spread at all. There the exact
    binomial bound stands in: a share s of units that differ stays unseen in n units with probability (1 − s)^n;
    not so where they are known to be the `same` system, of which no further item would show a difference.

    Raises:
        InputError: different signatures.
        ValueError: values of another number of items than the resampler's.
    """
    a, b = paired(a, b)
    alpha = 1 - confidence
    found, replicates, _ = difference(a, b, resampler, confidence, "percentile")
    strength = power(a, b, resampler, -bound if bound < 0 else None, alpha / family, wanted_power)
    if strength.units < 2:
        return MarginTest(found, math.nan, math.nan, strength)
    if not same and agree_on_all(a, b):
        return _unseen(found, bound, alpha, strength)
    replicates = replicates[~np.isnan(replicates)]
    away = found.value - bound
    above, below = _tail(replicates <= bound, away, strength), _tail(replicates >= bound, -away, strength)
    return MarginTest(found, above, below, strength)


def _tail(beyond: NDArray[np.bool_], away: float, strength: Power) -> float:
    """A one-sided p from which replicates lie beyond the bound; away: how far the difference lies on this side of it.

    Where none lies beyond, R replicates cannot tell 1 / R from much less, which many rules together can need to know:
    there Student's t with the jackknife's standard error does, if it says less.
    """
    from scipy import special

    p = corrected_tail((1 + int(beyond.sum())) / (1 + len(beyond)), strength.units)
    if beyond.any():
        return p
    error = strength.standard_error
    return min(p, float(special.stdtr(strength.units - 1, -away / error))) if error > 0 else 0.0


def agree_on_all(a: Values, b: Values) -> bool:
    """Whether both hold nothing but 0 and 1, and the same."""
    x, y = (values.statistics[values.scored] for values in (a, b))
    return a.aggregate == "mean" and bool(np.isin(x, (0.0, 1.0)).all()) and np.array_equal(x, y)


def _unseen(found: Estimate, bound: float, alpha: float, strength: Power) -> MarginTest:
    n = strength.units
    reach = 1 - (alpha / 2) ** (1 / n)
    share = max(0.0, 1 - abs(bound))
    above, below = (share**n if bound < 0 else 1.0, share**n if bound > 0 else 1.0)
    seen = 1 - (strength.alpha / 2) ** (1 / n)
    needed = None
    if strength.wanted is not None and strength.wanted < 1:
        needed = math.ceil(math.log(strength.alpha / 2) / math.log(1 - strength.wanted) * strength.n / n)
    seen_power = replace(strength, detectable=seen, items_needed=needed)
    return MarginTest(replace(found, low=-reach, high=reach), above, below, seen_power)
