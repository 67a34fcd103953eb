"""Rows of a board: the systems of all entries on the same held-out prompts, with their values in one order of items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.judging.verdicts import VerdictArrays
from harness.leaderboard.entry import Entry, EntryDocument, EntrySystem, ItemSet
from harness.leaderboard.measured import Measured, measured
from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class Source:
    """Where a row comes from: an entry's name and label, and the system in it."""

    entry: str
    label: str
    system: EntrySystem


@dataclass(frozen=True, eq=False)
class Row:
    """A system. Several entries share a row where a system of theirs gave the same answers to all prompts.

    It counts once then: in ranks, and as the opponent of all who were judged against it. stand_in: whether its model
    stands in for a real one, so that its figures mean nothing in themselves.
    """

    sources: tuple[Source, ...]
    stand_in: bool


@dataclass(frozen=True, eq=False)
class Part:
    """An entry's item set with its values unpacked, in the order of items of the first entry with the same data."""

    entry: Entry
    item_set: ItemSet
    data: str
    found: Measured
    rows: dict[str, Row]


def data_key(item_set: ItemSet) -> str:
    """A fingerprint of an item set by what its items ask, in any order; their sections, the clusters, count too."""
    items = item_set.items
    sections = [section or "" for section in items.sections]
    return fingerprint(item_set.kind, sorted(zip(items.contents, items.ids, sections, strict=True)))


def gather(members: Sequence[tuple[Entry, EntryDocument]]) -> list[Part]:
    """The item sets of entries on the same held-out prompts, with the row of each system.

    Raises:
        InputError: an entry's values cannot be read.
    """
    parts: list[Part] = []
    order: dict[str, tuple[str, ...]] = {}
    for (entry, document), rows in zip(members, _rows(members), strict=True):
        for item_set in document.item_sets:
            data = data_key(item_set)
            ids = order.setdefault(data, item_set.items.ids)
            found = _in_order(measured(entry, document.name, item_set), ids)
            parts.append(Part(entry, item_set, data, found, rows))
    return parts


def _rows(members: Sequence[tuple[Entry, EntryDocument]]) -> list[dict[str, Row]]:
    """Each entry's rows by the name of the system."""
    sources: list[list[Source]] = []
    stand_ins: list[bool] = []
    by_answers: dict[tuple[str, str, bool], list[int]] = {}
    numbers: list[dict[str, int]] = []
    for entry, document in members:
        own: dict[str, int] = {}
        for system in entry.systems:
            same = by_answers.setdefault(
                (document.item_sets[0].answers[system.name], system.method, system.retrieval), []
            )
            free = [number for number in same if number not in own.values()]
            number = free[0] if free else len(sources)
            if not free:
                same.append(number)
                sources.append([])
                stand_ins.append(entry.made_by.stand_in)
            sources[number].append(Source(entry.name, entry.label, system))
            own[system.name] = number
        numbers.append(own)
    rows = [Row(tuple(some), stand_in) for some, stand_in in zip(sources, stand_ins, strict=True)]
    return [{name: rows[number] for name, number in own.items()} for own in numbers]


def _in_order(found: Measured, ids: Sequence[str]) -> Measured:
    """The values with their items in the order of `ids`."""
    place = {item.id: at for at, item in enumerate(found.scored.items)}
    positions = [place[one] for one in ids]
    if positions == list(range(len(ids))):
        return found
    new = np.empty(len(ids), dtype=np.intp)
    new[positions] = np.arange(len(ids))
    verdicts = {judge: [_moved(world, ids, new) for world in worlds] for judge, worlds in found.verdicts.items()}
    return Measured(found.scored.take(positions), verdicts)


def _moved(verdicts: VerdictArrays, ids: Sequence[str], new: np.ndarray) -> VerdictArrays:
    return replace(verdicts, items=tuple(ids), item=new[verdicts.item])
