"""The documents of the page: those of one run, or of several runs with equal items joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.models.answers import Answer
from harness.report.formats.base import Report
from harness.run.figures import DocumentResults
from harness.run.manifest import SectionRecord
from harness.run.reading import Reading
from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class PageRun:
    """A run on the page. name: unique among them."""

    name: str
    report: Report


@dataclass(frozen=True)
class PageSystem:
    """A system of one of the runs. key: unique on the page. run: the run's number."""

    key: str
    name: str
    label: str
    run: int
    retrieval: bool
    method: str


@dataclass(frozen=True)
class Side:
    """One run's share of a document. run: its number. places: int (items of the page,), an item's place or -1."""

    run: int
    reading: Reading
    results: DocumentResults
    places: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class PageDocument:
    """A document with the items of all runs that have it, section by section. items: from the first run that has each.
    systems: of all its runs, in order.
    """

    name: str
    title: str
    sections: tuple[SectionRecord, ...]
    items: tuple[Answer, ...]
    sides: tuple[Side, ...]
    systems: tuple[PageSystem, ...]

    @cached_property
    def number(self) -> dict[tuple[int, str], int]:
        """(run, system's name) -> the system's number."""
        return {(system.run, system.name): at for at, system in enumerate(self.systems)}


def unique_names(folders: Sequence[Path]) -> list[str]:
    """What the page calls the runs of some folders: the folder's name, numbered from the second of one name on."""
    before: Counter[str] = Counter()
    names = []
    for folder in folders:
        name = folder.resolve().name
        before[name] += 1
        names.append(name if before[name] == 1 else f"{name} ({before[name]})")
    return names


def join(runs: Sequence[PageRun]) -> list[PageDocument]:
    """The documents of all runs, in the order of their first appearance."""
    names = dict.fromkeys(results.document for run in runs for results in run.report.documents)
    return [_document(name, runs) for name in names]


def _document(name: str, runs: Sequence[PageRun]) -> PageDocument:
    found = [
        (number, reading, results)
        for number, run in enumerate(runs)
        for reading, results in zip(run.report.readings, run.report.documents, strict=True)
        if results.document == name
    ]
    sections = {section.id: section for _, reading, _ in found for section in reading.record.sections}
    sections |= {s.id: s for _, reading, _ in reversed(found) for s in reading.record.sections if s.text}
    keyed = [_keyed(reading.answers[reading.names[0]]) for _, reading, _ in found]
    first = {key: answer for of_run in reversed(keyed) for key, (_, answer) in of_run.items()}
    order = {section: at for at, section in enumerate(sections)}
    ordered = dict.fromkeys(key for of_run in keyed for key in of_run)
    keys = sorted(ordered, key=lambda key: order.get(first[key].section, len(order)))
    sides = tuple(
        Side(number, reading, results, np.array([of_run.get(key, (-1, None))[0] for key in keys], dtype=np.intp))
        for (number, reading, results), of_run in zip(found, keyed, strict=True)
    )
    systems = tuple(system for side in sides for system in _systems(runs, side))
    items = tuple(first[key] for key in keys)
    return PageDocument(name, found[0][2].title, tuple(sections.values()), items, sides, systems)


def _keyed(answers: Sequence[Answer]) -> dict[tuple[str, str, int], tuple[int, Answer]]:
    """(id, content, how often that came before) -> (place, answer): equal in runs that asked the same."""
    before: Counter[tuple[str, str]] = Counter()
    keyed = {}
    for place, answer in enumerate(answers):
        key = (answer.item, fingerprint(answer.prompt, answer.reference))
        keyed[(*key, before[key])] = (place, answer)
        before[key] += 1
    return keyed


def _systems(runs: Sequence[PageRun], side: Side) -> list[PageSystem]:
    prefix = f"{runs[side.run].name}/" if len(runs) > 1 else ""
    return [
        PageSystem(f"{prefix}{s.name}", s.name, side.results.labels[s.name], side.run, s.retrieval, s.method)
        for s in side.results.systems
    ]
