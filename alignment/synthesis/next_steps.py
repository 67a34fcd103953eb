"""The lines that end `valign synthesise`: where the data is, what is missing, and what to do next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from alignment.synthesis.prompting import UNPARSED
from alignment.synthesis.synthesise import Synthesis
from alignment.synthesis.teachers.model import NO_VERDICT
from alignment.synthesis.writing import NOTES, empty_splits
from valign.chat.completions import BEYOND_CONTEXT


def next_steps(synthesis: Synthesis, folder: Path) -> list[str]:
    """One line for each fact; the last one says what to do next."""
    notes = folder / NOTES
    advice = _how_to_improve(synthesis)
    if not synthesis.items:
        return [f"{folder}: no item was left, so no data was written: {_main_loss(synthesis)}; see {notes}. {advice}"]
    lines = [f"Written: {folder}; rejected drafts and the report are in {notes}"]
    if empty := empty_splits(synthesis):
        lines.append(f"No item was left for {', '.join(f'{name}.jsonl' for name in empty)}: see the reasons above")
    return [*lines, f"Next: valign data audit {folder}" if synthesis.report.complete else advice]


def _main_loss(synthesis: Synthesis) -> str:
    """The most frequent reason for a rejected draft, or else for a lost chunk."""
    if synthesis.rejected:
        reason, count = Counter(fault.reason for fault in synthesis.rejected).most_common(1)[0]
        return f"of {len(synthesis.rejected)} drafts most ({count}) were rejected for {reason!r}"
    lost = synthesis.report.lost
    reason, count = Counter(chunk.reason for chunk in lost).most_common(1)[0]
    return f"of {len(lost)} lost chunks most ({count}) were lost for {reason!r}"


def _how_to_improve(synthesis: Synthesis) -> str:
    """Running again helps if the teacher did not answer, but not if its answers could not be used."""
    reasons = {chunk.reason for chunk in synthesis.report.lost}
    reasons |= {fault.detail for fault in synthesis.rejected if fault.reason == "not criticised"}
    if too_long := sorted(reason for reason in reasons if reason.startswith(BEYOND_CONTEXT)):
        return f"{too_long[0]}: serve the model with a longer context, or ask for less (counts in a recipe)"
    if reasons - {UNPARSED, NO_VERDICT}:
        return "The teacher left something unanswered: run the same command again, answered calls are not repeated"
    if reasons:
        return "The teacher's answers could not be read: another teacher, or prompts of your own, may do better"
    return "A stronger teacher, prompts of your own or other bounds in a recipe may do better"
