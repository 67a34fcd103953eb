"""Training with TRL, and synthesis of training data. Imports `tasks` and `valign` only."""
