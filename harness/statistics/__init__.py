"""Intervals, paired tests and power from per-item values; all systems and metrics share one set of resamples."""

from harness.statistics.compare import Comparison, compare, holm
from harness.statistics.estimate import FEW_UNITS, Estimate, estimate, item_figures, summarised
from harness.statistics.margin import MarginTest, margin_test
from harness.statistics.power import Power, chance, items_needed, power, power_of
from harness.statistics.resample import Resampler
from harness.statistics.spread import Spread

__all__ = [
    "FEW_UNITS",
    "Comparison",
    "Estimate",
    "MarginTest",
    "Power",
    "Resampler",
    "Spread",
    "chance",
    "compare",
    "estimate",
    "holm",
    "item_figures",
    "items_needed",
    "margin_test",
    "power",
    "power_of",
    "summarised",
]
