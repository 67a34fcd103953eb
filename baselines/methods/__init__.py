"""Baseline methods, one file each, found by their names."""
