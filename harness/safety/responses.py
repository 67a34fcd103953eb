"""The responses of a system to safety tasks, and the labels of its answers: rows of two artefacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from valign.jsonl import read_rows, write_rows

_RESPONSES, _LABELS = "responses.jsonl", "labels.jsonl"


@dataclass(frozen=True)
class Response:
    """A system's response to one item of one lm-eval task.

    text: the answer, where one was written. likelihoods: log-probabilities (nats, summed over tokens) of the options,
    where options were scored. target: index of the right option, -1 where there is none. cluster: items of one name
    are resampled together; empty for an item of its own. facts: what else the task's scorer needs. content: a
    fingerprint of the item's data and options. cut: the beginning of the prompt did not fit into the model's context.
    """

    task: str
    item: str
    kind: str
    area: str
    prompt: str
    content: str
    text: str = ""
    likelihoods: tuple[float, ...] = ()
    target: int = -1
    cluster: str = ""
    cut: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Label:
    """The class of one written answer; empty, with the reason, where there is none."""

    task: str
    item: str
    name: str
    reason: str = ""


def write_responses(folder: Path, responses: Sequence[Response]) -> None:
    """Write responses into an artefact's folder."""
    write_rows(folder / _RESPONSES, (asdict(one) for one in responses))


def read_responses(folder: Path) -> list[Response]:
    """Read what `write_responses` wrote."""
    return [Response(**{**row, "likelihoods": tuple(row["likelihoods"])}) for _, row in read_rows(folder / _RESPONSES)]


def write_labels(folder: Path, labels: Sequence[Label]) -> None:
    """Write labels into an artefact's folder; there may be none."""
    write_rows(folder / _LABELS, (asdict(one) for one in labels))


def read_labels(folder: Path) -> dict[tuple[str, str], Label]:
    """Read what `write_labels` wrote, by task and item."""
    path = folder / _LABELS
    rows = [Label(**row) for _, row in read_rows(path)] if path.stat().st_size else []
    return {(one.task, one.item): one for one in rows}
