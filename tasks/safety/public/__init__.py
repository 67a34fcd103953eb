"""Public safety suites: where each lies, under which licence, and how its files become rows. None of them is here."""
