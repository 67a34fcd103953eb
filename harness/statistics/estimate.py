"""A figure with its interval, its counts and its signature."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.statistics.aggregates import AGGREGATES
from harness.statistics.interval import interval as bootstrap_interval
from harness.statistics.resample import Resampler, figures
from harness.statistics.values import Values

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """value: the figure, NaN if no item is scored. low, high: its interval, NaN for fewer than two units.

    n: scored items. n_unscored: items without a score, which are left out. signature: how it was measured and
    resampled.
    """

    value: float
    low: float
    high: float
    n: int
    n_unscored: int
    signature: str


def estimate(values: Values, resampler: Resampler, confidence: float = 0.95, interval: str = "percentile") -> Estimate:
    """The figure of a system with its bootstrap interval; unscored items are left out and counted.

    Where all items have the same value, the interval has width 0.

    Raises:
        InputError: an interval other than `percentile` or `bca`.
        ValueError: the number of items differs from the resampler's.
    """
    sums = resampler.unit_sums(values)
    value = float(figures(values, sums.sum(axis=0, keepdims=True))[0])
    low, high = bootstrap_interval(interval, resampler.replicates(values), value, jackknife(values, sums), confidence)
    n = int(sums[:, -1].sum())
    signature = f"{values.signature}|{resampler.signature}|ci:{interval}-{confidence:g}"
    return Estimate(value, low, high, n, len(values.statistics) - n, signature)


def jackknife(values: Values, sums: Array) -> Array:
    """float64 (units,): the figure without each unit that has a scored item. sums: `Resampler.unit_sums`."""
    kept = sums[sums[:, -1] > 0]
    left = kept.sum(axis=0) - kept
    return figures(values, left)[left[:, -1] > 0] if len(kept) > 1 else np.full(len(kept), math.nan)


def item_figures(values: Values) -> Array:
    """float64 (n_items,): the figure of each single item, NaN where unscored.

    For a mean metric the item's value; for BLEU and chrF sacrebleu's sentence score (BLEU with effective order).
    """
    scored = values.scored
    item = AGGREGATES.find(values.aggregate).item
    found = np.full(len(scored), math.nan)
    found[scored] = item(values.statistics[scored], np.ones(int(scored.sum())))
    return found
