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

    `seen`: whether training data covers the section of a held-out pair; always true for training pairs. Two pairs with
    the same `contrast` have the same two answers, chosen in one and rejected in the other, because their prompts differ
    in the fact that decides. `value`: the value of the document that is tested, one of a short list in its data card.
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
    """A prompt with a reference answer that no training data contains; `seen` as in `Preference`."""

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    reference: str
    seen: bool
