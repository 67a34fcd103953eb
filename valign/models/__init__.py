"""Models by name: where their weights are."""
