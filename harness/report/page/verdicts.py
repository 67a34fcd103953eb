"""Judges' verdicts as blocks of the page: every winner in one byte, reasons chunk by chunk."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.judging.verdicts import Verdict
from harness.report.page.blocks import Blocks
from harness.report.page.items import CHUNK
from harness.report.page.joined import PageDocument, PageRun, Side

#: A verdict's byte: 200 times the first system's share, or one of these.
_UNPARSED, _ABSENT = 255, 254
_ORDERS = ("first-second", "second-first")


@dataclass(frozen=True)
class _Placed:
    """A verdict with the numbers of its item, systems and order on the page."""

    item: int
    pair: tuple[int, int]
    order: int
    verdict: Verdict


def add_verdicts(blocks: Blocks, at: int, document: PageDocument, runs: Sequence[PageRun]) -> list[dict[str, Any]]:
    """Add a document's verdicts; returns each judge's name, pairs of systems and blocks. at: the document's number."""
    judges: list[dict[str, Any]] = []
    for judge, placed in _by_judge(document, runs).items():
        pairs = {pair: number for number, pair in enumerate(dict.fromkeys(one.pair for one in placed))}
        codes = np.full((len(pairs), 2, len(document.items)), _ABSENT, dtype=np.uint8)
        reasons: list[dict[tuple[int, int, int], str]] = [{} for _ in range(-(-len(document.items) // CHUNK))]
        for one in placed:
            gained = one.verdict.gained
            codes[pairs[one.pair], one.order, one.item] = _UNPARSED if math.isnan(gained) else round(200 * gained)
            reasons[one.item // CHUNK][pairs[one.pair], one.order, one.item % CHUNK] = _reason(one.verdict)
        number = len(judges)
        for chunk, own in enumerate(reasons):
            blocks.add_json(f"reasons:{at}:{number}:{chunk}", _by_pair(own))
        judges.append({"name": judge, "pairs": list(pairs), "codes": blocks.add_bytes(f"codes:{at}:{number}", codes)})
    return judges


def _by_judge(document: PageDocument, runs: Sequence[PageRun]) -> dict[str, list[_Placed]]:
    """The verdicts of each judge; a judge that is not the same in all runs has its run's name added."""
    identities: dict[str, set[str]] = defaultdict(set)
    for side in document.sides:
        for judge in side.reading.judged:
            identities[judge].add(side.reading.judge_identity(judge))
    found: dict[str, list[_Placed]] = {}
    for side in document.sides:
        for judge, judged in side.reading.judged.items():
            name = judge if len(identities[judge]) == 1 else f"{judge} ({runs[side.run].name})"
            found.setdefault(name, []).extend(_placed(document, side, judged.verdicts))
    return found


def _placed(document: PageDocument, side: Side, verdicts: Sequence[Verdict]) -> Iterator[_Placed]:
    """Those of a run's verdicts that are about systems of the page."""
    places = {side.reading.ids[place]: at for at, place in enumerate(side.places) if place >= 0}
    numbers = {name: document.number[side.run, name] for name in side.reading.names}
    for one in verdicts:
        if one.first in numbers and one.second in numbers:
            pair = (numbers[one.first], numbers[one.second])
            yield _Placed(places[one.item], pair, _ORDERS.index(one.order), one)


def _reason(verdict: Verdict) -> str:
    if not verdict.votes:
        return verdict.reason
    votes = ", ".join(f"{member} {'unparsed' if share is None else f'{share:g}'}" for member, share in verdict.votes)
    return f"{verdict.reason}\nVotes for {verdict.first}: {votes}"


def _by_pair(reasons: dict[tuple[int, int, int], str]) -> list[list[list[Any]]]:
    """Reasons as pair -> order -> [item in the chunk, reason, item, reason, …]."""
    pairs = 1 + max((pair for pair, _, _ in reasons), default=-1)
    nested: list[list[list[Any]]] = [[[], []] for _ in range(pairs)]
    for (pair, order, item), reason in sorted(reasons.items()):
        nested[pair][order] += [item, reason]
    return nested
