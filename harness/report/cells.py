"""Cells that several tables share."""

from __future__ import annotations

import math

from harness.statistics import Estimate


def few_units(estimate: Estimate, unit: str = "sections") -> str:
    """The number of sections behind a figure where it is below 10; else nothing, as where items are not clustered."""
    return f" ({estimate.units} {unit})" if estimate.few and "clusters:" in estimate.signature else ""


def p_cell(value: float) -> str:
    """A p-value for programs, with three significant digits, or "" for NaN."""
    return "" if math.isnan(value) else f"{value:.3g}"
