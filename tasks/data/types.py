"""The types of the data: a document with its sections and chunks, and the kinds of example."""

from __future__ import annotations

from dataclasses import dataclass

#: The kinds of question.
KINDS = ("fact", "yes_no", "scenario", "explanation", "unanswerable", "refusal")


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

    `seen`: whether training data covers the section of a held-out pair; always true for training pairs. `contrast`
    names the two pairs of a contrast: prompts that differ in the deciding fact, and the same two answers, of which
    each is chosen once. `value`: the value at stake, of the document's vocabulary in `tasks/README.md`.
    """

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    chosen: str
    rejected: str
    seen: bool = True
    contrast: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class HeldOut:
    """A prompt with a reference answer that no training data contains; `seen`, `contrast`, `value` as in `Preference`.

    `key_facts`: short statements that a right answer conveys. `stance`: what it says in the end, `yes`, `no`,
    `not stated` or `declines`, for prompts that have such an answer.
    """

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    reference: str
    seen: bool
    contrast: str | None = None
    value: str | None = None
    key_facts: tuple[str, ...] = ()
    stance: str | None = None
