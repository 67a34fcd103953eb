"""The small types that explain the data: a document's parts, and the four kinds of example."""

from __future__ import annotations

from dataclasses import dataclass

#: What a question can ask for; every data set ships all of them.
KINDS = ("fact", "yes_no", "scenario", "explanation", "unanswerable", "refusal")


@dataclass(frozen=True)
class Chunk:
    """A piece of one section, as a prompt or an index holds it. `id` is `<section>.<number from 1>`."""

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

    `seen` says of a held-out pair whether training data covers its section; training pairs are always seen.
    """

    id: str
    kind: str
    section: str
    chunk: str
    prompt: str
    chosen: str
    rejected: str
    seen: bool = True


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


@dataclass(frozen=True)
class Everyday:
    """An instruction pair of `tasks/general`, some with passages to answer from."""

    id: str
    kind: str
    prompt: str
    completion: str
    passages: tuple[str, ...] = ()
