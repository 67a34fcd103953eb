"""Tests of a difference against a margin, for gates: two one-sided tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.statistics.compare import difference, paired
from harness.statistics.estimate import Estimate
from harness.statistics.interval import tail
from harness.statistics.power import Power, power_of
from harness.statistics.resample import Resampler
from harness.statistics.values import Values


@dataclass(frozen=True)
class MarginTest:
    """The test of a difference d = a − b against a bound.

    difference: d with its two-sided percentile interval. p_above: one-sided p, small where d is above the bound;
    p_below: where it is below. The interval's lower end is above the bound exactly where p_above is below
    (1 − confidence) / 2, and its upper end is below it where p_below is (but for ties in a discrete bootstrap). NaN
    for fewer than two units.
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

    The p-values invert the percentile interval, expanded for few units: the share of replicates on the other side of
    the bound, and Student's t where there is none (`interval.tail`). The power is the probability to show that a
    true difference of 0 is above a negative bound, at the level of the first step of Holm's method over `family` tests.

    Where every item is 0 or 1 and both systems agree on all items, the bootstrap has no spread. Then the exact binomial
    bound is used: if a share s of all units differs, n units show no difference with probability (1 − s)^n. It is not
    used where `same` says that both are the same system, because then no item can differ.

    Raises:
        InputError: the signatures differ.
        ValueError: the number of items differs from the resampler's.
    """
    a, b = paired(a, b)
    alpha = 1 - confidence
    measured = difference(a, b, resampler, confidence, "percentile")
    found, spread = measured.estimate, measured.spread
    wanted = -bound if bound < 0 else None
    strength = power_of(spread, found.n, spread.units, spread.runs, wanted, alpha / family, wanted_power)
    if strength.units < 2:
        return MarginTest(found, math.nan, math.nan, strength)
    if not same and agree_on_all(a, b):
        return _without_differences(found, bound, alpha, strength)
    replicates = measured.replicates[~np.isnan(measured.replicates)]
    away = found.value - bound
    above = tail(int((replicates <= bound).sum()), len(replicates), away, spread)
    below = tail(int((replicates >= bound).sum()), len(replicates), -away, spread)
    return MarginTest(found, above, below, strength)


def agree_on_all(a: Values, b: Values) -> bool:
    """Whether all values are 0 or 1 and equal in both systems."""
    x, y = (values.statistics[values.scored] for values in (a, b))
    return a.aggregate == "mean" and bool(np.isin(x, (0.0, 1.0)).all()) and np.array_equal(x, y)


def _without_differences(found: Estimate, bound: float, alpha: float, strength: Power) -> MarginTest:
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
