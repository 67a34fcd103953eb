"""Baselines: c-fine-tuning, and retrieval for any model. Imports `alignment`, `tasks` and `valign` only."""
