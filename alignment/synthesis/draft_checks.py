"""Checks of one draft by itself, cheapest first: form, length, refusal, truncation, grounding, critics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alignment.synthesis.types import CriticVerdict, Draft, OnProgress, Rejected, Settings, Teacher
from tasks.data.audit.words import words
from tasks.data.types import Document
from valign.embedding import shared_embedder

#: Phrases of an answer that refuses or that speaks of itself as a language model.
_UNABLE = r"(?:cannot|can't|can not|am unable to|am not able to)"
_REFUSAL = re.compile(
    r"^(?:i(?:'m| am) (?:sorry|unable|not able)|sorry\b|i apologi[sz]e|unfortunately,? i)|\bas an ai\b"
    rf"|\bi {_UNABLE} (?:answer|assist|provide|help with (?:that|this) (?:question|request))"
    r"|\b(?:ai|language) (?:model|assistant)\b",
    re.IGNORECASE,
)
_PASSAGE_REFERENCE = re.compile(
    r"\b(?:the|this) (?:given |above |provided )?(?:passage|excerpt|text above|context)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…。।؟][\"'”’»)\]*]*$")


def check_form(draft: Draft, settings: Settings) -> Rejected | None:
    """The first fault in a draft's form, or None."""
    answers = [draft.answer] + ([draft.rejected] if draft.pipeline == "scenario" else [])
    low, high = settings.prompt_words
    if not low <= (count := len(words(draft.prompt))) <= high:
        return Rejected(draft, "prompt length", f"{count} words, allowed {low} to {high}")
    if reference := _PASSAGE_REFERENCE.search(draft.prompt):
        return Rejected(draft, "points at the passage", f"{reference.group()!r} means nothing without it")
    low, high = settings.limits.answer_words
    for text in answers:
        if refused := _REFUSAL.search(text.replace("’", "'")):
            return Rejected(draft, "refusal", f"{refused.group()!r}")
        if not _SENTENCE_END.search(text.rstrip()):
            return Rejected(draft, "truncated", f"ends with {text.rstrip()[-20:]!r}")
        if not low <= (count := len(words(text))) <= high:
            return Rejected(draft, "answer length", f"{count} words, allowed {low} to {high}")
    if draft.kind == "yes_no" and not all(words(text)[0] in ("yes", "no") for text in answers):
        return Rejected(draft, "no yes or no", "an answer to a yes or no question begins with one of them")
    if draft.pipeline == "scenario" and words(draft.answer) == words(draft.rejected):
        return Rejected(draft, "not better", "chosen and rejected are the same")
    return None


def far_from_chunk(drafts: Sequence[Draft], minimum: float, embedder: str) -> dict[Draft, float]:
    """Drafts whose answer has a cosine similarity below `minimum` to its chunk, with that similarity in [-1, 1]."""
    if not drafts:
        return {}
    encode = shared_embedder(embedder).vectors
    similarity = (encode([d.answer for d in drafts]) * encode([d.chunk.text for d in drafts])).sum(axis=1)
    return {draft: float(value) for draft, value in zip(drafts, similarity, strict=True) if value < minimum}


def check_drafts(
    drafts: Sequence[Draft],
    document: Document,
    teacher: Teacher,
    settings: Settings,
    embedder: str,
    on_progress: OnProgress,
) -> tuple[list[Draft], list[Rejected]]:
    """Split drafts into those that pass every check and those rejected, each with the first reason found."""
    rejected = [fault for draft in drafts if (fault := check_form(draft, settings))]
    kept = _without(drafts, rejected)
    ungrounded = far_from_chunk(kept, settings.grounding, embedder)
    rejected += [
        Rejected(draft, "far from its chunk", f"similarity {value:.2f}, minimum {settings.grounding:.2f}")
        for draft, value in ungrounded.items()
    ]
    kept = _without(kept, rejected)
    if "grounded" in settings.critics:
        rejected += list(_failed(kept, teacher.judge_grounding(document, kept, on_progress), "not grounded"))
        kept = _without(kept, rejected)
    if "better" in settings.critics:
        pairs = [draft for draft in kept if draft.pipeline == "scenario"]
        rejected += list(_failed(pairs, teacher.judge_preference(document, pairs, on_progress), "not better"))
    return _without(kept, rejected), rejected


def _failed(drafts: Sequence[Draft], verdicts: Sequence[CriticVerdict], reason: str) -> Iterator[Rejected]:
    for draft, verdict in zip(drafts, verdicts, strict=True):
        if verdict.passes is None:
            yield Rejected(draft, "not criticised", verdict.reason)
        elif not verdict.passes:
            yield Rejected(draft, reason, verdict.reason)


def _without(drafts: Sequence[Draft], rejected: Sequence[Rejected]) -> list[Draft]:
    dropped = {fault.draft for fault in rejected}
    return [draft for draft in drafts if draft not in dropped]
