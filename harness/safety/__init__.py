"""Safety: suites, how an answer is classed, scores, and the report with the change against the seed model."""
