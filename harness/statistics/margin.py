"""Is one system better than another by more than a bound, or worse? For gates: two one-sided tests of a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.metrics.base import Values
from harness.statistics.compare import Comparison, compare, paired
from harness.statistics.interval import corrected_tail
from harness.statistics.power import Power, power
from harness.statistics.resample import Resampler


@dataclass(frozen=True)
class MarginTest:
    """What the data say of a difference d = a − b and a bound.

    comparison: d with its two-sided percentile interval. p_above: one-sided, small where d is shown to lie above the
    bound; p_below: below. The lower end of the interval lies above the bound exactly where p_above is below
    (1 − confidence) / 2, and so for the upper end and p_below (but for the ties of a discrete bootstrap). NaN where
    nothing can be compared.
    """

    comparison: Comparison
    p_above: float
    p_below: float
    power: Power


def margin_test(
    a: Values,
    b: Values,
    resampler: Resampler,
    bound: float,
    confidence: float = 0.95,
    wanted: float | None = None,
    wanted_power: float = 0.8,
    family: int = 1,
) -> MarginTest:
    """Test the difference a − b against a bound from the shared resamples.

    The p-values invert the percentile interval, expanded for few units (`interval.expanded_tail`): the share of
    replicates on the wrong side of the bound. wanted: a distance from the bound that should be found with probability
    `wanted_power`. family: how many tests Holm's method will correct for; the power is that of its first step.

    Where every item is 0 or 1 and the two systems agree on all, a bootstrap sees no spread at all. There the exact
    binomial bound stands in: a share s of units that differ stays unseen in n units with probability (1 − s)^n.

    Raises:
        InputError: different signatures.
        ValueError: values of another number of items than the resampler's.
    """
    a, b = paired(a, b)
    alpha = 1 - confidence
    compared = compare(a, b, resampler, confidence)
    strength = power(a, b, resampler, wanted, alpha / family, wanted_power)
    if strength.units < 2:
        return MarginTest(compared, math.nan, math.nan, strength)
    if agree_on_all(a, b):
        return _unseen(compared, bound, alpha, strength)
    replicates = resampler.replicates(a) - resampler.replicates(b)
    replicates = replicates[~np.isnan(replicates)]
    shares = [(1 + int(np.sum(side))) / (1 + len(replicates)) for side in (replicates <= bound, replicates >= bound)]
    above, below = (corrected_tail(share, strength.units) for share in shares)
    return MarginTest(compared, above, below, strength)


def agree_on_all(a: Values, b: Values) -> bool:
    """Whether both hold nothing but 0 and 1, and the same."""
    x, y = (values.statistics[values.scored] for values in (a, b))
    return a.aggregate == "mean" and bool(np.isin(x, (0.0, 1.0)).all()) and np.array_equal(x, y)


def _unseen(compared: Comparison, bound: float, alpha: float, strength: Power) -> MarginTest:
    n = strength.units
    reach = 1 - (alpha / 2) ** (1 / n)
    difference = replace(compared.difference, low=-reach, high=reach)
    share = max(0.0, 1 - abs(bound))
    above, below = (share**n if bound < 0 else 1.0, share**n if bound > 0 else 1.0)
    seen = 1 - (strength.alpha / 2) ** (1 / n)
    needed = None
    if strength.wanted is not None and strength.wanted < 1:
        needed = math.ceil(math.log(strength.alpha / 2) / math.log(1 - strength.wanted) * strength.n / n)
    return MarginTest(
        replace(compared, difference=difference), above, below, replace(strength, detectable=seen, items_needed=needed)
    )
