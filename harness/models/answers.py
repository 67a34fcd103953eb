"""A system's answers, and its log-likelihoods of preference pairs, as rows of an artefact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from valign.jsonl import read_rows, write_rows

_ANSWERS = "answers.jsonl"
_LIKELIHOODS = "likelihoods.jsonl"


@dataclass(frozen=True)
class Answer:
    """A system's answer to one held-out prompt.

    value, stance, key_facts: see `tasks.data.types.HeldOut`. retrieved: (passage id, score) of each passage in the
    prompt. cut: whether the rendered prompt was too long for
    the model's context and lost its beginning.
    """

    item: str
    section: str
    kind: str
    seen: bool
    prompt: str
    reference: str
    text: str
    retrieved: tuple[tuple[str, float], ...] = ()
    cut: bool = False
    value: str | None = None
    stance: str | None = None
    key_facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihoods (nats, summed over tokens) of a preference pair's answers given the prompt.

    value, contrast: see `tasks.data.types.Preference`.
    """

    item: str
    section: str
    seen: bool
    chosen: float
    rejected: float
    retrieved: tuple[tuple[str, float], ...] = ()
    value: str | None = None
    contrast: str | None = None


def write_answers(folder: Path, answers: Sequence[Answer]) -> None:
    """Write answers into an artefact's folder."""
    write_rows(folder / _ANSWERS, (asdict(answer) for answer in answers))


def read_answers(folder: Path) -> list[Answer]:
    """Read what `write_answers` wrote."""
    return [Answer(**_tuples(row)) for _, row in read_rows(folder / _ANSWERS)]


def write_likelihoods(folder: Path, likelihoods: Sequence[Likelihood]) -> None:
    """Write likelihoods into an artefact's folder."""
    write_rows(folder / _LIKELIHOODS, (asdict(likelihood) for likelihood in likelihoods))


def read_likelihoods(folder: Path) -> list[Likelihood]:
    """Read what `write_likelihoods` wrote."""
    return [Likelihood(**_tuples(row)) for _, row in read_rows(folder / _LIKELIHOODS)]


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    retrieved = tuple((passage, score) for passage, score in row["retrieved"])
    facts = {"key_facts": tuple(row["key_facts"])} if "key_facts" in row else {}
    return {**row, "retrieved": retrieved, **facts}
