"""What the person who ran a synthesis has to know at its end: one line each, what, where and what would be right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from alignment.chat.completions import BEYOND_CONTEXT
from alignment.synthesis.asking import UNPARSED
from alignment.synthesis.synthesise import Synthesis
from alignment.synthesis.teachers.model import PASSED_OVER
from alignment.synthesis.writing import NOTES, missing


def advice(made: Synthesis, folder: Path) -> list[str]:
    """The lines; the last one says what to do next."""
    notes = folder / NOTES
    if not made.items:
        return [f"{folder}: no item was left, so no data was written: {_where(made)}; see {notes}. {_unanswered(made)}"]
    lines = [f"Written: {folder}; rejected drafts and the report lie in {notes}"]
    if absent := missing(made):
        lines.append(f"No item was left for {', '.join(f'{name}.jsonl' for name in absent)}: see the reasons above")
    return [*lines, f"Next: valign data audit {folder}" if made.report.complete else _unanswered(made)]


def _where(made: Synthesis) -> str:
    """Where most was lost, in a few words."""
    if made.rejected:
        reason, count = Counter(fault.reason for fault in made.rejected).most_common(1)[0]
        return f"of {len(made.rejected)} drafts most ({count}) fell for {reason!r}"
    reason, count = Counter(one.reason for one in made.report.lost).most_common(1)[0]
    return f"of {len(made.report.lost)} chunks lost most ({count}) were for {reason!r}"


def _unanswered(made: Synthesis) -> str:
    """What would help; asking again does where the teacher did not answer, and not where its answers are of no use."""
    reasons = {one.reason for one in made.report.lost}
    reasons |= {fault.detail for fault in made.rejected if fault.reason == "not criticised"}
    if beyond := sorted(reason for reason in reasons if reason.startswith(BEYOND_CONTEXT)):
        return f"{beyond[0]}: serve the model with a longer context, or ask for less (counts in a recipe)"
    if reasons - {UNPARSED, PASSED_OVER}:
        return "The teacher left something unanswered: run the same command again, answered calls are not repeated"
    if reasons:
        return "The teacher's answers could not be read: another teacher, or prompts of your own, may do better"
    return "A stronger teacher, prompts of your own or other bounds in a recipe may do better"
