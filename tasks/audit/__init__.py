"""`valign data audit`: what a data folder must not hold, looked for and reported.

`report.py` holds the types, `load.py` reads a folder without giving up at the first fault, `checks.py` runs all checks:
`shape.py` (lengths, kinds, sections, chunks, ids, seen flags), `balance.py` (yes and no, chosen and rejected length),
`duplicates.py` and `paraphrases.py` (the same item twice), `leaks.py` (held-out answers in training text).
"""

from tasks.audit.checks import audit
from tasks.audit.report import Audit, Finding, Limits

__all__ = ["Audit", "Finding", "Limits", "audit"]
