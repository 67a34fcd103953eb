"""The power of a comparison: which difference it can detect, and how many items a given difference needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.statistics.compare import paired
from harness.statistics.estimate import jackknife
from harness.statistics.resample import Resampler
from harness.statistics.values import Values


@dataclass(frozen=True)
class Power:
    """The power of a paired comparison of n items in `units` units (items, or clusters of items).

    standard_error: of the difference. detectable: the smallest true difference that a two-sided test at level `alpha`
    finds with probability `power`, in the metric's units. wanted, items_needed: a target difference and the items that
    it needs; None without a target, or where the difference has no spread. With clusters, more items mean more clusters
    of the same size.
    """

    n: int
    units: int
    standard_error: float
    detectable: float
    power: float
    alpha: float
    wanted: float | None = None
    items_needed: int | None = None


def power(
    a: Values,
    b: Values,
    resampler: Resampler,
    wanted: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> Power:
    """The power of a paired comparison, from the spread of the two systems' per-item differences.

    The standard error is the jackknife's over units: for a mean it is the per-item (per-cluster) standard deviation
    of the difference over √n; for a corpus metric that of its pseudo-values. The detectable difference is
    (t(1 − α/2) + t(power)) · SE with units − 1 degrees of freedom.

    Raises:
        InputError: the signatures differ.
        ValueError: `wanted` is not positive, or `alpha` or `power` is not between 0 and 1.
    """
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise ValueError(f"alpha and power: expected values between 0 and 1, not {alpha} and {power}")
    if wanted is not None and not wanted > 0:
        raise ValueError(f"wanted: expected a difference above 0, not {wanted}")
    a, b = paired(a, b)
    sums_a, sums_b = resampler.unit_sums(a), resampler.unit_sums(b)
    without = jackknife(a, sums_a) - jackknife(b, sums_b)
    n, units = int(sums_a[:, -1].sum()), len(without)
    if units < 2:
        return Power(n, units, math.nan, math.nan, power, alpha, wanted)
    error = math.sqrt((units - 1) / units * float(((without - without.mean()) ** 2).sum()))
    found = Power(n, units, error, _standard_errors(units, alpha, power) * error, power, alpha, wanted)
    return found if wanted is None else replace(found, items_needed=items_needed(found, wanted, alpha))


def items_needed(found: Power, wanted: float, alpha: float) -> int | None:
    """The items with which a test at level `alpha` finds a true difference of `wanted` with probability `found.power`.

    The spread of the differences is taken from a comparison that was measured, `found`. None where it has none, or
    where there are fewer than two units.

    Raises:
        ValueError: `wanted` is not positive, or `alpha` is not between 0 and 1.
    """
    if not wanted > 0 or not 0 < alpha < 1:
        raise ValueError(f"expected a difference above 0 and a level between 0 and 1, not {wanted} and {alpha}")
    if found.units < 2 or not found.standard_error > 0:
        return None
    return _items(found.n, found.units, found.standard_error, wanted, alpha, found.power)


def chance(distance: float, error: float, units: int, alpha: float = 0.05) -> float:
    """The probability that the two-sided interval excludes a bound which the true difference exceeds by `distance`.

    error: the difference's standard error. alpha: 1 − confidence. `power` solves it for the detectable difference; a
    negative distance gives the rate of false alarms. NaN where the difference has no spread.
    """
    from scipy import special

    if units < 2 or not error > 0:
        return math.nan
    return float(special.stdtr(units - 1, distance / error - special.stdtrit(units - 1, 1 - alpha / 2)))


def _standard_errors(units: float, alpha: float, power: float) -> float:
    """The detectable difference in standard errors."""
    from scipy import special

    return float(special.stdtrit(units - 1, 1 - alpha / 2) + special.stdtrit(units - 1, power))


def _items(n: int, units: int, error: float, wanted: float, alpha: float, power: float) -> int:
    """The smallest number of whole units whose detectable difference is at most the wanted one, in items."""

    def enough(count: int) -> bool:
        return _standard_errors(count, alpha, power) * error * math.sqrt(units / count) <= wanted

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return math.ceil(high * n / units)
