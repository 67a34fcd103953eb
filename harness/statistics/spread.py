"""The variance of a figure over both of its sources: the items, drawn by section, and the training runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: A smaller share of the variance is none.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Spread:
    """The variance of a mean over `runs` training runs on the same items, in `units` units (items or sections).

    items: variance over the units of the mean of these runs, which is what a bootstrap over items sees. shared: the
    covariance over the units of two runs' figures, i.e. what no further run averages out. own: the variance over the
    units of one run's figure beyond `shared`. between: the sample variance of the runs' figures, 0 for one run.

    The runs are random as the items are, and cross them: the layout of readers who all read the same cases. Its
    variance of the mean is

        variance = between / runs + max(0, shared)

    For one run it is that over the items, with units − 1 degrees of freedom: it says nothing of other runs. For several
    the degrees lie between Satterthwaite's, of runs − 1 for the first term and units − 1 for the second, and runs − 1:

        degrees = Satterthwaite^(1 − w) · (runs − 1)^w        w: the first term's share of the variance

    since Satterthwaite's rest on the same three runs and come out too many: with them 95% intervals of three runs hold
    the truth in 92% of cases where runs differ much, with these in 94 to 96% (docs/statistics.md).

    Sources: Obuchowski and Rockette, Communications in Statistics - Simulation and Computation 24 (1995), for the
    variance; Hillis, Statistics in Medicine 26 (2007), for Satterthwaite's degrees of freedom.
    """

    units: int
    runs: int
    items: float
    shared: float
    own: float
    between: float

    @classmethod
    def of(cls, of_runs: Array, covariance: Array, units: int) -> Spread:
        """From the runs' figures, (runs,), and the covariance of their figures over the units, (runs, runs)."""
        runs, items = len(of_runs), float(covariance.mean())
        if runs == 1:
            return cls(units, 1, items, items, 0.0, 0.0)
        single = float(np.trace(covariance)) / runs
        shared = (runs * items - single) / (runs - 1)
        return cls(units, runs, items, shared, single - shared, float(of_runs.var(ddof=1)))

    @classmethod
    def jackknifed(cls, of_runs: Array, without: Array) -> Spread:
        """From the runs' figures without each unit in turn, float64 (units, runs)."""
        units = len(without)
        if units < 2:
            return cls(units, len(of_runs), math.nan, math.nan, math.nan, math.nan)
        away = without - without.mean(axis=0)
        return cls.of(of_runs, (units - 1) / units * away.T @ away, units)

    @property
    def variance(self) -> float:
        """Of the mean over the runs."""
        if self.runs == 1:
            return self.items
        both = self.between / self.runs + max(0.0, self.shared)
        return both if both > 0 else self.items

    @property
    def degrees(self) -> float:
        """The degrees of freedom of `variance`."""
        return _degrees(self.between / self.runs, max(0.0, self.shared), self.runs, self.units)

    @property
    def standard_error(self) -> float:
        """The root of `variance`."""
        return math.sqrt(self.variance)

    @property
    def widening(self) -> float:
        """The standard error over that of the items alone; infinite where runs differ and items do not."""
        if self.runs == 1 or self.variance == 0:
            return 1.0
        return math.sqrt(self.variance / self.items) if self.items > _ROUNDING * self.variance else math.inf

    def scaled(self, factor: float) -> Spread:
        """The spread if the items' part of the variance were so many times what it is."""
        own, beyond = self.own * factor, max(0.0, self.between - max(0.0, self.own))
        between = beyond + max(0.0, own)
        return replace(self, items=self.items * factor, shared=self.shared * factor, own=own, between=between)

    def planned(self, units: float, runs: int) -> tuple[float, float]:
        """The standard error and its degrees of freedom to expect of so many units and runs.

        The spread of a single run does not say what runs differ by: they count as alike. For `runs` = 1 the figures are
        those of one training run, as in a table of one seed.
        """
        shared = max(0.0, self.shared) * self.units / units
        own = max(0.0, self.own) * self.units / units
        if runs == 1:
            return math.sqrt(shared + own), units - 1
        between = (max(0.0, self.between - max(0.0, self.own)) + own) / runs
        return math.sqrt(shared + between), _degrees(between, shared, runs, units)


def _degrees(between: float, shared: float, runs: int, units: float) -> float:
    if runs == 1 or between <= 0:
        return units - 1
    satterthwaite = (between + shared) ** 2 / (between**2 / (runs - 1) + shared**2 / (units - 1))
    share = between / (between + shared)
    return float(satterthwaite ** (1 - share) * (runs - 1) ** share)
