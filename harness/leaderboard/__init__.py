"""Runs beside each other: entries of finished runs, what of them is comparable, and ranks with intervals."""
