"""Judges' verdicts as blocks of the page: every winner in one byte, reasons chunk by chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.judging.verdicts import Verdict
from harness.report.page.blocks import Blocks
from harness.report.page.items import CHUNK
from harness.report.page.joined import PageDocument, PageRun

#: A verdict's byte: 200 times the first system's share, or one of these.
_UNPARSED, _ABSENT = 255, 254
_ORDERS = ("first-second", "second-first")


def add_verdicts(blocks: Blocks, at: int, document: PageDocument, runs: Sequence[PageRun]) -> list[dict[str, Any]]:
    """Add a document's verdicts; returns each judge's name, pairs of systems and blocks. at: the document's number."""
    judges: list[dict[str, Any]] = []
    for judge, verdicts in judge_names(document, runs).items():
        pairs: dict[tuple[int, int], int] = {}
        for run, verdict in verdicts:
            pairs.setdefault((document.number[run, verdict.first], document.number[run, verdict.second]), len(pairs))
        codes = np.full((len(pairs), 2, len(document.items)), _ABSENT, dtype=np.uint8)
        reasons: list[dict[tuple[int, int, int], str]] = [{} for _ in range(-(-len(document.items) // CHUNK))]
        places = [_places(document, run) for run in range(len(runs))]
        for run, verdict in verdicts:
            pair = pairs[document.number[run, verdict.first], document.number[run, verdict.second]]
            item, order = places[run][verdict.item], _ORDERS.index(verdict.order)
            codes[pair, order, item] = _UNPARSED if np.isnan(verdict.gained) else round(200 * verdict.gained)
            reasons[item // CHUNK][pair, order, item % CHUNK] = _reason(verdict)
        number = len(judges)
        for chunk, own in enumerate(reasons):
            blocks.add_json(f"reasons:{at}:{number}:{chunk}", _by_pair(own))
        judges.append({"name": judge, "pairs": list(pairs), "codes": blocks.add_bytes(f"codes:{at}:{number}", codes)})
    return judges


def judge_names(document: PageDocument, runs: Sequence[PageRun]) -> dict[str, list[tuple[int, Verdict]]]:
    """The verdicts of each judge with the run's number; one that differs between runs has its run's name added."""
    identities: dict[str, set[str]] = defaultdict(set)
    for side in document.sides:
        for judge in side.reading.judged:
            identities[judge].add(side.reading.judge_identity(judge))
    found: dict[str, list[tuple[int, Verdict]]] = {}
    for side in document.sides:
        for judge, judged in side.reading.judged.items():
            name = judge if len(identities[judge]) == 1 else f"{judge} ({runs[side.run].name})"
            found.setdefault(name, []).extend((side.run, verdict) for verdict in judged.verdicts)
    return found


def _places(document: PageDocument, run: int) -> dict[str, int]:
    """An item's id in a run -> its place on the page."""
    for side in document.sides:
        if side.run == run:
            return {side.reading.ids[place]: at for at, place in enumerate(side.places) if place >= 0}
    return {}


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
