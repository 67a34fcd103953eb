"""All systems' answers to one held-out prompt, for a reader who wants to see what the figures are about."""

from __future__ import annotations

from harness.report.table import Table
from harness.run.reading import Reading
from valign.escaping import shortened

#: What a newcomer understands without having read the document, first kind first.
_KINDS = ("scenario", "yes_no", "fact")
#: Characters of an answer; the page and the artefacts have all.
_MOST = 800


def side_by_side(reading: Reading) -> Table:
    """The reference and every system's answer to one prompt of a document: its first scenario, where it has one.

    It stands in `tables.md` and not on the terminal: whole answers take a screen, and their first words alone do not
    tell a right answer from a wrong one.
    """
    answers = reading.answers[reading.names[0]]
    kinds = [answer.kind for answer in answers]
    at = next((kinds.index(kind) for kind in _KINDS if kind in kinds), 0)
    rows = [("prompt", answers[at].prompt), ("reference", answers[at].reference)]
    rows += [(name, given[at].text) for name, given in reading.answers.items()]
    note = f"Item {answers[at].item} of section {answers[at].section}; one prompt says little about a system."
    return Table(
        f"{reading.record.name}-answers", f"{reading.record.name}: answers to one prompt", ("System", "Answer"),
        tuple((name, shortened(text, _MOST)) for name, text in rows), (note,),
    )  # fmt: skip
