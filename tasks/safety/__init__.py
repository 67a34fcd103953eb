"""Safety: suites (`suites/`), and the records of valign's own (`core/`); see `README.md`, its data card."""
