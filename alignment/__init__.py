"""Training: thin over TRL. May import `tasks`; imports nothing of `baselines` or `harness`."""
