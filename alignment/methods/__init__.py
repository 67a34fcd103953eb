"""Alignment methods, one plug-in file each."""
