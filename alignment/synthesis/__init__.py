"""From a document and a teacher to `D_sft`, `D_pref` and a held-out task.

`types.py` holds the types, `split.py` says what is held out before anything is written, `teachers/` write drafts,
`checks.py`, `criticism.py` and `whole.py` validate them one by one and together, `synthesise.py` runs it all, and
`report.py` counts what fell where.
"""
