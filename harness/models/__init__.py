"""Systems as lm-eval models: loading, running tasks, and the stored results."""
