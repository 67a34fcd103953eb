"""Logs of other harnesses, read as systems with answers and per-item values: one file a harness."""
