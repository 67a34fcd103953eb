"""The types of the data: a document with its sections and chunks, and the kinds of example."""

from __future__ import annotations

from dataclasses import dataclass

from valign.errors import InputError

#: The kinds of question.
KINDS = ("fact", "yes_no", "scenario", "explanation", "unanswerable", "refusal")
#: What an answer can say: yes, no, that the document does not state it, that the request is declined.
STANCES = ("yes", "no", "not stated", "declines")


@dataclass(frozen=True)
class Chunk:
    """A part of one section, the unit of prompts and of the retrieval index. `id` is `<section>.<number from 1>`."""

    id: str
    section: str
    text: str


@dataclass(frozen=True)
class Section:
    """An article or clause of a document; `text` is its body without the heading."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Document:
    """The text that carries the values."""

    name: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Instruction:
    """A training pair of `D_sft`."""

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    completion: str


@dataclass(frozen=True)
class Preference:
    """A pair of `D_pref`, or of the held-out preference set: `chosen` keeps the values, `rejected` breaks them.

    seen: whether training data covers the section of a held-out pair; always true for training pairs. value: the value
    of the document that decides. contrast: names two items whose prompts differ in the fact that decides and whose two
    answers are the same, chosen in one and rejected in the other.
    """

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    chosen: str
    rejected: str
    seen: bool = True
    value: str | None = None
    contrast: str | None = None


@dataclass(frozen=True)
class HeldOut:
    """A prompt with a reference answer that no training data contains; `seen` and `value` as in `Preference`.

    stance: what an answer must say, one of `STANCES`, where the prompt calls for one. key_facts: short statements that
    an answer must convey.
    """

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    reference: str
    seen: bool
    value: str | None = None
    stance: str | None = None
    key_facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.stance is not None and self.stance not in STANCES:
            raise InputError(f"stance {self.stance!r}; expected one of {', '.join(STANCES)}")
        if any(not isinstance(fact, str) or not fact.strip() for fact in self.key_facts):
            raise InputError(f"key_facts: expected statements, found {list(self.key_facts)!r}")
