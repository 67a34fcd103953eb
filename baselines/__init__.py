"""The baselines: c-fine-tuned, and retrieval round any model. May import `alignment` and `tasks`."""
