"""All systems' answers to one held-out prompt, for a reader who wants to see what the figures are about."""

from __future__ import annotations

from harness.report.table import Table
from harness.run.reading import Reading

#: What a newcomer understands without having read the document, first kind first.
_KINDS = ("scenario", "yes_no", "fact")


def side_by_side(reading: Reading) -> Table:
    """The reference and every system's answer to one prompt of a document: its first scenario, where it has one."""
    answers = reading.answers[reading.names[0]]
    kinds = [answer.kind for answer in answers]
    at = next((kinds.index(kind) for kind in _KINDS if kind in kinds), 0)
    rows = [("reference", answers[at].reference)]
    rows += [(name, given[at].text) for name, given in reading.answers.items()]
    title = f"{reading.record.name}: {answers[at].prompt}"
    note = f"Item {answers[at].item} of section {answers[at].section}; one prompt says little about a system."
    return Table(f"{reading.record.name}-answers", title, ("System", "Answer"), tuple(rows), (note,))
