"""From a document and a teacher to `D_sft`, `D_pref` and a held-out task.

`types.py` holds the types, `split.py` decides what is held out, `teachers/` write drafts, `draft_checks.py` validates
each draft and `set_checks.py` the set of items, `synthesise.py` runs all steps, `report.py` counts the results.
"""
