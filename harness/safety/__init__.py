"""Safety: answering suites, classes of answers, scores, and how well the classes agree with people."""
