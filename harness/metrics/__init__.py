"""Metrics: per-item values of answers, from which any interval or test can be computed later."""
