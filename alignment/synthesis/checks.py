"""Validation of one draft at a time, cheapest first: form, length, refusal, truncation, grounding, the critic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alignment.synthesis.types import Draft, Opinion, Progress, Rejected, Settings, Teacher
from tasks.audit.words import words
from tasks.types import Document

#: How an answer opens or speaks of itself that was not written about the document at all.
_UNABLE = r"(?:cannot|can't|can not|am unable to|am not able to)"
_REFUSAL = re.compile(
    r"^(?:i(?:'m| am) (?:sorry|unable|not able)|sorry\b|i apologi[sz]e|unfortunately,? i)|\bas an ai\b"
    rf"|\bi {_UNABLE} (?:answer|assist|provide|help with (?:that|this) (?:question|request))"
    r"|\b(?:ai|language) (?:model|assistant)\b",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"\b(?:the|this) (?:given |above |provided )?(?:passage|excerpt|text above|context)\b", re.IGNORECASE
)
_WHOLE = re.compile(r"[.!?…。।؟][\"'”’»)\]*]*$")


def check_form(draft: Draft, settings: Settings) -> Rejected | None:
    """What is wrong with a draft as it stands, or None."""
    answers = [draft.answer] + ([draft.rejected] if draft.pipeline == "scenario" else [])
    low, high = settings.prompt_words
    if not low <= (count := len(words(draft.prompt))) <= high:
        return Rejected(draft, "prompt length", f"{count} words, allowed {low} to {high}")
    if shown := _SHOWN.search(draft.prompt):
        return Rejected(draft, "points at the passage", f"{shown.group()!r} means nothing without it")
    low, high = settings.limits.answer_words
    for text in answers:
        if refused := _REFUSAL.search(text.replace("’", "'")):
            return Rejected(draft, "refusal", f"{refused.group()!r}")
        if not _WHOLE.search(text.rstrip()):
            return Rejected(draft, "truncated", f"ends with {text.rstrip()[-20:]!r}")
        if not low <= (count := len(words(text))) <= high:
            return Rejected(draft, "answer length", f"{count} words, allowed {low} to {high}")
    if draft.kind == "yes_no" and not all(words(text)[0] in ("yes", "no") for text in answers):
        return Rejected(draft, "no yes or no", "an answer to a yes or no question begins with one of them")
    if draft.pipeline == "scenario" and words(draft.answer) == words(draft.rejected):
        return Rejected(draft, "not better", "chosen and rejected are the same")
    return None


def far_from_chunk(drafts: Sequence[Draft], least: float, embedder: str) -> dict[Draft, float]:
    """The drafts whose answer lies below `least` in cosine similarity to its chunk, with that similarity in [-1, 1]."""
    from tasks.audit.embeddings import encoder

    if not drafts:
        return {}
    encode = encoder(embedder).encode
    closeness = (encode([d.answer for d in drafts]) * encode([d.chunk.text for d in drafts])).sum(axis=1)
    return {draft: float(value) for draft, value in zip(drafts, closeness, strict=True) if value < least}


def validate(
    drafts: Sequence[Draft], document: Document, teacher: Teacher, settings: Settings, embedder: str, progress: Progress
) -> tuple[list[Draft], list[Rejected]]:
    """The drafts that pass every check of their own, and the others with the first reason that was found."""
    rejected = [fault for draft in drafts if (fault := check_form(draft, settings))]
    kept = _without(drafts, rejected)
    far = far_from_chunk(kept, settings.grounding, embedder)
    rejected += [
        Rejected(draft, "far from its chunk", f"similarity {value:.2f}, wanted {settings.grounding:.2f}")
        for draft, value in far.items()
    ]
    kept = _without(kept, rejected)
    if "grounded" in settings.critics:
        rejected += list(_disliked(kept, teacher.grounded(document, kept, progress), "not grounded"))
        kept = _without(kept, rejected)
    if "better" in settings.critics:
        pairs = [draft for draft in kept if draft.pipeline == "scenario"]
        rejected += list(_disliked(pairs, teacher.better(document, pairs, progress), "not better"))
    return _without(kept, rejected), rejected


def _disliked(drafts: Sequence[Draft], opinions: Sequence[Opinion], reason: str) -> Iterator[Rejected]:
    for draft, opinion in zip(drafts, opinions, strict=True):
        if opinion.good is None:
            yield Rejected(draft, "not criticised", opinion.why)
        elif not opinion.good:
            yield Rejected(draft, reason, opinion.why)


def _without(drafts: Sequence[Draft], rejected: Sequence[Rejected]) -> list[Draft]:
    gone = {fault.draft for fault in rejected}
    return [draft for draft in drafts if draft not in gone]
