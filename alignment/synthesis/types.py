"""The types of a synthesis: what a teacher writes, why something was rejected or lost, and the settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tasks.data.audit.report import Item, Limits
from tasks.data.types import Chunk, Document, HeldOut, Instruction, Preference

Pipeline = Literal["instruct", "scenario"]
Critic = Literal["grounded", "better"]
PIPELINES: tuple[Pipeline, ...] = ("instruct", "scenario")


@dataclass(frozen=True)
class Draft:
    """What a teacher wrote about one chunk, before validation.

    `answer` is the completion of an instruction or the chosen answer of a pair. Only pairs have `rejected` and the
    `value` that they test. `number` counts from 1 within the chunk and the pipeline.
    """

    pipeline: Pipeline
    chunk: Chunk
    number: int
    kind: str
    prompt: str
    answer: str
    rejected: str = ""
    value: str = ""


@dataclass(frozen=True)
class SynthesisItem:
    """A validated draft with its split (`sft`, `preference`, `heldout` or `heldout_preference`) and its teacher."""

    draft: Draft
    split: str
    teacher: str
    seen: bool = True

    @property
    def id(self) -> str:
        """Chunk, teacher, split and the draft's number: unique within the data folder."""
        teacher = re.sub(r"[^A-Za-z0-9.]+", "-", self.teacher).strip("-")
        return f"{self.draft.chunk.id}-{teacher}-{self.split.replace('_', '-')}-{self.draft.number:02d}"

    def audit_item(self) -> Item:
        """The item as the audit compares it."""
        draft = self.draft
        answer = {"sft": "completion", "heldout": "reference"}.get(self.split, "chosen")
        answers = {answer: draft.answer, **({"rejected": draft.rejected} if answer == "chosen" else {})}
        place = {"section": draft.chunk.section, "chunk": draft.chunk.id}
        return Item(
            self.split, self.id, self.id, draft.kind, **place, prompt=draft.prompt, answers=answers, seen=self.seen
        )

    def example(self) -> Instruction | Preference | HeldOut:
        """The item as its file stores it."""
        draft = self.draft
        fields = (self.id, draft.kind, draft.chunk.section, draft.chunk.id, draft.prompt, draft.answer)
        if self.split == "sft":
            return Instruction(*fields)
        if self.split == "heldout":
            return HeldOut(*fields, seen=self.seen)
        return Preference(*fields, draft.rejected, seen=self.seen)


@dataclass(frozen=True)
class Rejected:
    """A draft that failed a check. `detail` is a measured value, a location or the critic's reason."""

    draft: Draft
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class LostChunk:
    """A chunk without drafts in one pipeline, because the teacher did not answer in `step`."""

    pipeline: Pipeline
    chunk: str
    step: str
    reason: str


@dataclass(frozen=True)
class PipelineResult:
    """The output of one pipeline: drafts, drafts that are incomplete, and chunks without any draft."""

    drafts: tuple[Draft, ...]
    rejected: tuple[Rejected, ...] = ()
    lost: tuple[LostChunk, ...] = ()


@dataclass(frozen=True)
class CriticVerdict:
    """Whether a draft passes, None where the critic gave no verdict; `reason` is the critic's own or the failure's."""

    passes: bool | None
    reason: str = ""


#: Called with the name of a step, how many of its requests are done, and how many there are.
OnProgress = Callable[[str, int, int], None]


class Teacher(Protocol):
    """Writes drafts and judges them. `name` is part of every item's id."""

    name: str

    def instruct(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """Write questions about each chunk and answers that use this chunk only."""

    def scenario(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """Write situations that test each chunk's values, each with an answer that keeps them and one that does not."""

    def judge_grounding(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """Judge whether each draft's answer follows from its chunk."""

    def judge_preference(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """Judge whether each pair's chosen answer is the better one in both orders of presentation."""

    def usage(self) -> dict[str, Any]:
        """Calls, tokens and cost so far, as `valign.chat.base.Usage.as_json`; empty where no model is called."""


@dataclass(frozen=True)
class Counts:
    """How many items a teacher is asked for on each chunk.

    One question for every `words_per_question` words, at least 2 and at most `most_questions`; one pair plus one for
    every `words_per_pair` words, at most `most_pairs`.
    """

    words_per_question: int = 12
    most_questions: int = 7
    words_per_pair: int = 40
    most_pairs: int = 3


_LIMITS = Limits()


@dataclass(frozen=True)
class Settings:
    """All settings of a synthesis except the document, the teacher and its prompts.

    seed: chooses what is held out. held_out_sections: share of sections held out whole, in [0, 1]. held_out_share:
    share of the chunks of the other sections, in [0, 1]. fewest_words: shorter chunks are skipped. grounding: minimum
    cosine similarity of an answer and its chunk, in [-1, 1]; answers below it are rejected without a critic call. Of
    1,020 shipped answers (every second one of `D_sft` and of the chosen ones, both documents, MiniLM) 1.1% are below
    0.2; of the same answers paired with a chunk of another section, 63%. counts: see `Counts`. prompt_words: fewest and
    most words of a prompt. limits: bounds for answers and for the set of items; the audit uses its own defaults.
    critics: which ones run. temperature: sampling temperature for writing; critics use 0.
    """

    seed: int = 0
    held_out_sections: float = 0.15
    held_out_share: float = 0.2
    fewest_words: int = 12
    grounding: float = 0.2
    counts: Counts = Counts()
    prompt_words: tuple[int, int] = (4, 90)
    limits: Limits = _LIMITS
    critics: tuple[Critic, ...] = ("grounded", "better")
    temperature: float = 0.0
