"""Intervals, paired tests and power from per-item values; all systems and metrics share one set of resamples."""

from harness.statistics.compare import Comparison, compare, holm
from harness.statistics.estimate import Estimate, estimate, item_figures
from harness.statistics.margin import MarginTest, margin_test
from harness.statistics.power import Power, chance, items_needed, power
from harness.statistics.resample import Resampler

__all__ = [
    "Comparison",
    "Estimate",
    "MarginTest",
    "Power",
    "Resampler",
    "chance",
    "compare",
    "estimate",
    "holm",
    "item_figures",
    "items_needed",
    "margin_test",
    "power",
]
