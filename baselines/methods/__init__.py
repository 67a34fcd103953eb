"""Baseline methods, one plug-in file each."""
