"""Safety: the core suite (`core/`, types in `types.py`, read through `suites.py`); see `README.md`, its data card."""
