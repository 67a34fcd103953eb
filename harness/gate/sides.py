"""The two sides of a gate: a finished run or another harness's logs, and which of their values can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.run.columns import judge_of
from harness.run.logs.base import plain_task
from harness.run.logs.open import read_logs
from harness.run.manifest import Manifest, is_run
from harness.run.reading import Reading, read_run
from harness.run.safety_figures import all_measured
from harness.run.store import Store
from harness.statistics.scored_items import ScoredItems
from harness.statistics.values import Values


class NotComparableError(Exception):
    """Two figures cannot be compared; the message says what differs."""


@dataclass(frozen=True)
class Side:
    """Main or the candidate. scored: its item sets. readings: a run's documents by name, empty for logs.

    notes: what was left out of logs.
    """

    where: Path
    scored: tuple[ScoredItems, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_column(self, column: str) -> Iterator[ScoredItems]:
        """The item sets with a column."""
        return (scored for scored in self.scored if column in scored.columns)

    @property
    def systems(self) -> tuple[str, ...]:
        """All systems, in order."""
        return tuple(dict.fromkeys(name for scored in self.scored for name in scored.values))

    def system(self, name: str) -> str:
        """The system of that name; logs of a single system match any name."""
        return self.systems[0] if not self.readings and len(self.systems) == 1 else name

    def find(self, task: str, column: str, system: str) -> ScoredItems | None:
        """The item set of a task in which a system has a column."""
        for scored in self.with_column(column):
            if scored.task == plain_task(task) and column in scored.values.get(system, {}):
                return scored
        return None


def open_side(where: Path, needed: Callable[[str], bool]) -> Side:
    """Open a run's folder, or a file or folder of another harness's logs. needed: which text metrics to compute.

    Raises:
        InputError: it is neither, or it is incomplete.
    """
    if is_run(where):
        manifest, readings = read_run(where)
        scored = [one for reading in readings for one in reading.scored]
        scored += _safety(manifest, Store(where / "artefacts"))
        return Side(where, tuple(scored), {reading.record.name: reading for reading in readings})
    logs = read_logs(where, needed)
    notes = tuple(f"{one.file.name}: {note}" for one in logs for note in one.notes)
    return Side(where, tuple(one.scored() for one in logs), notes=notes)


def _safety(manifest: Manifest, store: Store) -> Iterator[ScoredItems]:
    """The safety items of a run, with the task `<document>/<task>`, because each document has its own systems."""
    for record in manifest.documents:
        for one in all_measured(manifest, record, store)[0]:
            yield replace(one.suite, task=f"{record.name}/{one.name}")


def same_items(main: ScoredItems, candidate: ScoredItems) -> ScoredItems:
    """The candidate's items in the order of main's.

    Raises:
        NotComparableError: the items differ, or their prompts or references do.
    """
    keys = [_numbered_ids(scored) for scored in (main, candidate)]
    places = {key: place for place, key in enumerate(keys[1])}
    lone = [key for key in keys[0] if key not in places] + sorted(set(places) - set(keys[0]))
    if lone:
        raise NotComparableError(
            f"other data: {len(lone)} items are in one of the two only (main has {len(keys[0])}, the candidate "
            f"{len(keys[1])}), first {lone[0][0]!r}"
        )
    ordered = candidate.take([places[key] for key in keys[0]])
    differ = [a.id for a, b in zip(main.items, ordered.items, strict=True) if a.content != b.content]
    if differ:
        raise NotComparableError(
            f"other prompts: {len(differ)} of {len(main.items)} items ask something else or have another reference, "
            f"first {differ[0]!r}"
        )
    return ordered


def _numbered_ids(scored: ScoredItems) -> list[tuple[str, int]]:
    """Each item's id with the number of earlier items that have the same id, because ids can repeat."""
    seen: Counter[str] = Counter()
    keys = []
    for item in scored.items:
        keys.append((item.id, seen[item.id]))
        seen[item.id] += 1
    return keys


@dataclass(frozen=True)
class Pair:
    """The values of main's system and the candidate's on the same items, in the same order.

    same: whether all answers are equal. note: a remark for the reader of the figures. texts: main's and the candidate's
    answers, empty where items have none.
    """

    scored: ScoredItems
    main: Values
    candidate: Values
    same: bool
    note: str = ""
    texts: tuple[Sequence[str], Sequence[str]] = ((), ())


def paired_values(main: Side, candidate: Side, task: str, column: str, systems: tuple[str, str]) -> Pair:
    """Two systems' values in a column of a task; systems: main's, then the candidate's.

    A win rate is computed over the opponents with equal answers in both runs, because win rates over different
    opponents are not comparable.

    Raises:
        NotComparableError: the items, the metric's signature or the judge differ, or no opponent is shared.
    """
    ours, theirs = (
        _find(side, where, task, column, name)
        for side, where, name in zip((main, candidate), ("main", "the candidate"), systems, strict=True)
    )
    note = ""
    if judge := judge_of(column):
        readings = (main.readings[ours.task], candidate.readings[theirs.task])
        opponents = shared_opponents(readings, judge, systems)
        ours, theirs = (
            replace(scored, values={name: {column: reading.win_rate(judge, name, opponents)}})
            for scored, reading, name in zip((ours, theirs), readings, systems, strict=True)
        )
        note = f"over {', '.join(opponents)}"
    theirs = same_items(ours, theirs)
    a, b = ours.values[systems[0]][column], theirs.values[systems[1]][column]
    if a.runs != b.runs and 1 not in (a.runs, b.runs):
        raise NotComparableError(f"trained with {a.runs} seeds in main and {b.runs} in the candidate")
    if a.signature != b.signature:
        raise NotComparableError(f"measured differently: main by {a.signature}, the candidate by {b.signature}")
    answers = ours.fingerprints.get(systems[0])
    texts = ours.texts.get(systems[0], ()), theirs.texts.get(systems[1], ())
    return Pair(ours, a, b, answers is not None and answers == theirs.fingerprints.get(systems[1]), note, texts)


def _find(side: Side, where: str, task: str, column: str, system: str) -> ScoredItems:
    scored = side.find(task, column, system)
    if scored is None:
        raise NotComparableError(f"{where} has no {column} of system {system!r} on {task}")
    return scored


def shared_opponents(readings: tuple[Reading, Reading], judge: str, systems: tuple[str, str]) -> list[str]:
    """The opponents of both systems whose answers are equal in both runs.

    Raises:
        NotComparableError: the judges differ, or no opponent is shared.
    """
    if len({reading.judge_identity(judge) for reading in readings}) > 1:
        raise NotComparableError(f"another judge: {judge} has other settings or another model in the candidate")
    opponents = []
    for reading, system in zip(readings, systems, strict=True):
        judged = reading.judged[judge].opponents(system)
        answers = reading.scored[0].fingerprints
        opponents.append({name: answers[name] for name in reading.names if name in judged})
    shared = [name for name, answers in opponents[0].items() if opponents[1].get(name) == answers]
    if not shared:
        raise NotComparableError(
            f"other opponents: none of {', '.join(opponents[0])} gave the same answers in both runs, and a win rate "
            "over others is another figure"
        )
    return shared
