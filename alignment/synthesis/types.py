"""What passes from a teacher through validation to the data folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tasks.audit.report import Limits
from tasks.types import Chunk, Document

Pipeline = Literal["instruct", "scenario"]
Critic = Literal["grounded", "better"]


@dataclass(frozen=True)
class Draft:
    """What a teacher wrote about one chunk, before anyone has checked it.

    `answer` is the completion of an instruction or the chosen answer of a pair, which alone has `rejected` and the
    `value` that it tests. `number` counts from 1 within the chunk and the pipeline.
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
class Rejected:
    """A draft that did not become an item, and why. `detail` says more: a similarity, the critic's words, a place."""

    draft: Draft
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Lost:
    """A chunk of which a pipeline has nothing because the teacher did not answer in the named step."""

    pipeline: Pipeline
    chunk: str
    step: str
    reason: str


@dataclass(frozen=True)
class Drawn:
    """What one pipeline drew from its chunks: drafts, drafts that were malformed, and chunks that gave nothing."""

    drafts: tuple[Draft, ...]
    rejected: tuple[Rejected, ...]
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Opinion:
    """A critic's opinion of a draft: good, bad, or None where the critic did not answer; `why` in its own words."""

    good: bool | None
    why: str = ""


#: Hears what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


class Teacher(Protocol):
    """What writes drafts and criticises them. `name` is part of every id that comes of it."""

    name: str

    def instruct(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """Questions on each chunk, answered from that chunk alone."""

    def scenario(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """Situations that test each chunk's values, with an answer that keeps them and one that fails them."""

    def grounded(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """Whether each draft's answer rests on its chunk and on nothing else."""

    def better(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """Whether each pair's chosen answer keeps the values better, whichever is shown first."""

    def usage(self) -> dict[str, Any]:
        """What it cost so far, as `alignment.chat.base.Usage.as_json`; empty where no model is asked."""


@dataclass(frozen=True)
class Counts:
    """How much is asked for: one question for so many words of a chunk, 2 to `most_questions` of them; pairs alike."""

    words_per_question: int = 12
    most_questions: int = 7
    words_per_pair: int = 40
    most_pairs: int = 3


_LIMITS = Limits()


@dataclass(frozen=True)
class Settings:
    """Everything about a synthesis but the document, the teacher and its prompts.

    Shares are in [0, 1]: of sections held out whole, then of the chunks of the rest. `fewest_words` is the length below
    which a chunk is passed over. `grounding` is the cosine similarity of answer and chunk below which an answer is not
    worth a critic's call: of 1,020 answers that ship (every second of `D_sft` and of the chosen ones, both documents,
    MiniLM) 1.1% lie below 0.2, of the same answers beside a chunk of another section 63%. `prompt_words` are the fewest
    and most words of a prompt; `limits` the audit's bounds, which an audit afterwards applies as they ship. `critics`
    are the ones that are asked. At `temperature` the teacher writes; its critics judge at 0.
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
