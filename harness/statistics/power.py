"""The power of a comparison: which difference it can detect, and how many items a given difference needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.statistics.compare import difference, paired
from harness.statistics.resample import Resampler
from harness.statistics.spread import Spread
from harness.statistics.values import Values

#: More units than any study has; a difference that needs more cannot be had by items.
_MOST_UNITS = 1 << 40


@dataclass(frozen=True)
class Power:
    """The power of a paired comparison of n items in `units` units (items, or clusters of items).

    standard_error: of the difference, over items and training runs, with so many `degrees` of freedom. detectable: the
    smallest true difference that a two-sided test at level `alpha` finds with probability `power`, in the metric's
    units. wanted, items_needed: a target difference and the items that it needs; None without a target, where the
    difference has no spread, or where no number of items shows it without more training runs. With clusters, more items
    mean more clusters of the same size. runs: training runs. spread: what the difference varies by; None where there
    are fewer than two units.
    """

    n: int
    units: int
    standard_error: float
    detectable: float
    power: float
    alpha: float
    wanted: float | None = None
    items_needed: int | None = None
    degrees: float = math.nan
    runs: int = 1
    spread: Spread | None = None


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
    of the difference over √n; for a corpus metric that of its pseudo-values. With several training runs it is that of
    `Spread`.

    Raises:
        InputError: the signatures differ.
        ValueError: `wanted` is not positive, or `alpha` or `power` is not between 0 and 1.
    """
    a, b = paired(a, b)
    found = difference(a, b, resampler, 0.95, "percentile")
    spread = found.spread
    return power_of(spread, found.estimate.n, spread.units, spread.runs, wanted, alpha, power)


def power_of(
    spread: Spread, n: int, units: int, runs: int, wanted: float | None = None, alpha: float = 0.05, power: float = 0.8
) -> Power:
    """The power of n items in `units` units and `runs` training runs, if they vary as `spread` says.

    The detectable difference is (t(1 − α/2) + t(power)) · SE. The spread may be that of other items or of another
    number of runs: a plan's power from a finished run, see `Spread.planned`.

    Raises:
        ValueError: see `power`.
    """
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise ValueError(f"alpha and power: expected values between 0 and 1, not {alpha} and {power}")
    if wanted is not None and not wanted > 0:
        raise ValueError(f"wanted: expected a difference above 0, not {wanted}")
    if units < 2 or math.isnan(spread.variance):
        return Power(n, units, math.nan, math.nan, power, alpha, wanted)
    if (units, runs) == (spread.units, spread.runs):
        error, degrees = spread.standard_error, spread.degrees
    else:
        error, degrees = spread.planned(units, runs)
    detectable = _standard_errors(degrees, alpha, power) * error
    found = Power(n, units, error, detectable, power, alpha, wanted, None, degrees, runs, spread)
    return found if wanted is None else replace(found, items_needed=items_needed(found, wanted, alpha))


def items_needed(found: Power, wanted: float, alpha: float) -> int | None:
    """The items with which a test at level `alpha` finds a true difference of `wanted` with probability `found.power`.

    The spread of the differences is that behind `found`. None where there is none or fewer than two units, or where no
    number of items shows it without more training runs.

    Raises:
        ValueError: `wanted` is not positive, or `alpha` is not between 0 and 1.
    """
    if not wanted > 0 or not 0 < alpha < 1:
        raise ValueError(f"expected a difference above 0 and a level between 0 and 1, not {wanted} and {alpha}")
    if found.spread is None or found.units < 2 or not found.standard_error > 0:
        return None
    return _items(found.spread, found.n / found.units, found.runs, wanted, alpha, found.power)


def chance(distance: float, error: float, degrees: float, alpha: float = 0.05) -> float:
    """The probability that the two-sided interval excludes a bound which the true difference exceeds by `distance`.

    error, degrees: the difference's standard error and its degrees of freedom. alpha: 1 − confidence. `power` solves it
    for the detectable difference; a negative distance gives the rate of false alarms. NaN where the difference has no
    spread.
    """
    from scipy import special

    if not degrees > 0 or not error > 0:
        return math.nan
    return float(special.stdtr(degrees, distance / error - special.stdtrit(degrees, 1 - alpha / 2)))


def _standard_errors(degrees: float, alpha: float, power: float) -> float:
    """The detectable difference in standard errors."""
    from scipy import special

    return float(special.stdtrit(degrees, 1 - alpha / 2) + special.stdtrit(degrees, power))


def _items(spread: Spread, size: float, runs: int, wanted: float, alpha: float, power: float) -> int | None:
    """The smallest number of whole units, of `size` items, whose detectable difference is at most the wanted one."""

    def enough(count: int) -> bool:
        error, degrees = spread.planned(count, runs)
        return _standard_errors(degrees, alpha, power) * error <= wanted

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST_UNITS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return math.ceil(high * size)
