"""A figure with its interval, its counts and its signature."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.statistics.aggregates import AGGREGATES
from harness.statistics.interval import interval as bootstrap_interval
from harness.statistics.resample import Resampler, run_figures
from harness.statistics.values import Values

Array = NDArray[np.float64]

#: With fewer units behind a figure every output says how many: an interval rests on their spread.
FEW_UNITS = 10


@dataclass(frozen=True)
class Estimate:
    """value: the figure, NaN if no item is scored. low, high: its interval, NaN for fewer than two units.

    n: scored items. n_unscored: items without a score, which are left out. signature: how it was measured and
    resampled. units: sections, or items where they are not clustered, that have a scored item; None where it was not
    counted. runs: training runs, one for each seed, whose figures' mean it is.
    """

    value: float
    low: float
    high: float
    n: int
    n_unscored: int
    signature: str
    units: int | None = None
    runs: int = 1

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than `FEW_UNITS` units."""
        return self.units is not None and self.units < FEW_UNITS


def estimate(values: Values, resampler: Resampler, confidence: float = 0.95, interval: str = "percentile") -> Estimate:
    """The figure of a system with its bootstrap interval; unscored items are left out and counted.

    Where all items have the same value, the interval has width 0. With several training runs the interval holds what
    they differ by too, see `Spread`.

    Raises:
        InputError: an interval other than `percentile` or `bca`.
        ValueError: the number of items differs from the resampler's.
    """
    sums = resampler.unit_sums(values)
    of_runs, n = run_figures(values, sums.sum(axis=0, keepdims=True))[0], int(sums[:, -1].sum())
    counts, signature = (n, len(values.statistics) - n), f"{values.signature}|{resampler.signature}"
    without = jackknife(values, sums)
    return summarised(of_runs, resampler.replicates(values), without, counts, signature, confidence, interval)


def summarised(
    of_runs: Array, replicates: Array, without: Array, counts: tuple[int, int], signature: str,
    confidence: float = 0.95, interval: str = "percentile",
) -> Estimate:  # fmt: skip
    """A figure with its interval, from what it comes to in each training run, resample, and without each unit.

    of_runs: (runs,). replicates: (R,). without: (units, runs). counts: scored and unscored items.

    Raises:
        InputError: an unknown kind of interval.
    """
    low, high = bootstrap_interval(interval, replicates, of_runs, without, confidence)
    named = f"{signature}|ci:{interval}-{confidence:g}"
    return Estimate(float(of_runs.mean()), low, high, *counts, named, len(without), len(of_runs))


def jackknife(values: Values, sums: Array) -> Array:
    """float64 (units, runs): the figures without each unit that has a scored item. sums: `Resampler.unit_sums`."""
    kept = sums[sums[:, -1] > 0]
    left = kept.sum(axis=0) - kept
    return run_figures(values, left)[left[:, -1] > 0] if len(kept) > 1 else np.full((len(kept), values.runs), math.nan)


def item_figures(values: Values) -> Array:
    """float64 (n_items,): the figure of each single item, the mean of its runs, NaN where unscored.

    For a mean metric the item's value; for BLEU and chrF sacrebleu's sentence score (BLEU with effective order).
    """
    scored = values.scored
    item = AGGREGATES.find(values.aggregate).item
    found = np.full(len(scored), math.nan)
    ones = np.ones(int(scored.sum()))
    runs = np.split(values.statistics[scored], values.runs, axis=1)
    found[scored] = np.mean([item(run, ones) for run in runs], axis=0)
    return found
