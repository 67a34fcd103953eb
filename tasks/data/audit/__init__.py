"""`valign data audit`: checks a data folder for faults and reports them.

`report.py` holds the types, `load.py` reads a folder and continues after faulty lines, `checks.py` runs all checks:
`item_checks.py` (lengths, kinds, sections, chunks, ids, seen flags), `balance.py` (yes and no, answer lengths),
`contrasts.py` (pairs of pairs), `answers_alone.py` (does the wording of the answers give the chosen one away),
`duplicates.py` and `paraphrases.py` (items that say the same), `leaks.py` (held-out answers in training text).
"""

from tasks.data.audit.checks import audit
from tasks.data.audit.report import Audit, Finding, Limits

__all__ = ["Audit", "Finding", "Limits", "audit"]
