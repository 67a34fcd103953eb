"""Stages, one file each: what it needs, what its fingerprint covers, how it is checked, made and read back."""
