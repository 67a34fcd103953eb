"""Metrics: what each item of a task scored, kept so that any interval or test can be computed from it later."""

from harness.metrics.base import Metric, Values, find, names

__all__ = ["Metric", "Values", "find", "names"]
