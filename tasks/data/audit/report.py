"""The audit's types: limits, findings, items and the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.data.types import KINDS, Document

#: The splits of a data folder, in reading order, and the fields that are answers.
SPLITS = ("sft", "preference", "heldout", "heldout_preference")
TRAINING = ("sft", "preference")
ANSWERS = ("completion", "reference", "chosen", "rejected")

#: Kinds that a split must have; pairs test values, so they need no facts and no unanswerable questions.
REQUIRED_KINDS: Mapping[str, tuple[str, ...]] = {
    "sft": KINDS,
    "preference": ("scenario", "yes_no", "explanation", "refusal"),
    "heldout": KINDS,
    "heldout_preference": ("scenario",),
}


@dataclass(frozen=True)
class Limits:
    """The bounds, calibrated on the shipped data; see the modules that use them.

    answer_words: fewest and most words of an answer. shared_run: consecutive words that a held-out answer shares with
    training text or the document that make it a leak. shared_share: share of its 4-word sequences in one training text
    that makes it a leak, in [0, 1]. near_text, near_prompt: Jaccard similarity at which whole items or prompts are near
    duplicates. paraphrase_same_place, paraphrase_same_kind, paraphrase: excess closeness at which two items are
    paraphrases (same chunk and kind; same kind; any). length_difference: largest relative difference of mean lengths.
    length_accuracy: accuracy of a classifier by length that is too high. answers_alone, answers_alone_held_out: that of
    one by the words of the two answers, for training and for held-out pairs. yes_share: lowest and highest share of
    yes. fewest: with fewer items no balance is checked.
    """

    answer_words: tuple[int, int] = (10, 60)
    shared_run: int = 7
    shared_share: float = 0.4
    near_text: float = 0.5
    near_prompt: float = 0.7
    paraphrase_same_place: float = 0.14
    paraphrase_same_kind: float = 0.28
    paraphrase: float = 0.5
    length_difference: float = 0.05
    length_accuracy: float = 0.55
    answers_alone: float = 0.6
    answers_alone_held_out: float = 0.55
    yes_share: tuple[float, float] = (0.35, 0.65)
    fewest: int = 20


@dataclass(frozen=True)
class Finding:
    """One fault: the check that found it, where (`file:line`, or two joined by ` ~ `), and what is wrong."""

    check: str
    where: str
    detail: str


@dataclass(frozen=True)
class Item:
    """One row of any split in the form that the audit compares. `at` is `file:line`; `answers` maps fields to texts."""

    split: str
    at: str
    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    answers: Mapping[str, str]
    seen: bool | None
    contrast: str | None = None

    @property
    def answer(self) -> str:
        """The correct answer: completion, reference or chosen."""
        return next(self.answers[name] for name in ANSWERS if name in self.answers)


@dataclass(frozen=True)
class LoadedFolder:
    """The document, the items of each split (None if its file is absent) and the faults found while reading."""

    document: Document
    splits: Mapping[str, tuple[Item, ...] | None]
    faults: tuple[Finding, ...] = ()

    def items(self, *splits: str) -> list[Item]:
        """The items of the named splits, or of all splits; absent ones are skipped."""
        return [item for split in splits or SPLITS for item in self.splits[split] or ()]


@dataclass(frozen=True)
class Audit:
    """The result: the findings, and the measured figures behind them. The data passes if there are no findings."""

    folder: str
    findings: tuple[Finding, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether there are no findings."""
        return not self.findings
