"""Judges, one file each, found by name; entry points `valign.judges` add more."""
