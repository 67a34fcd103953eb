"""The gate: whether a candidate run may take the place of the main one, for people who merge and for CI."""
