"""One file a safety suite, each with a `SUITE`; `tasks.safety.suite.SUITES` finds them by name."""
