"""The two sides of a gate: a finished run, or what lm-eval wrote; and whether they can be compared at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.lm_eval_samples import plain_task, read_suites
from harness.manifest import Manifest, is_run
from harness.metrics.base import Values
from harness.reading import Reading, judge_of, read_run
from harness.safety.results import all_measured
from harness.store import Store
from harness.suite import Suite


class NotComparableError(Exception):
    """Two figures cannot be compared; the message says what differs."""


@dataclass(frozen=True)
class Side:
    """main or the candidate: its suites, and where it is a run the readings of its documents, by name."""

    where: Path
    suites: tuple[Suite, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)

    def with_column(self, column: str) -> Iterator[Suite]:
        """The suites that have a column."""
        return (suite for suite in self.suites if column in suite.columns)

    @property
    def systems(self) -> tuple[str, ...]:
        """Every system of the side, in order."""
        return tuple(dict.fromkeys(name for suite in self.suites for name in suite.values))

    def system(self, name: str) -> str:
        """The system of that name; the only one of lm-eval's samples answers to any name."""
        return self.systems[0] if not self.readings and len(self.systems) == 1 else name

    def suite(self, task: str, column: str, system: str) -> Suite | None:
        """The suite of a task in which a system has a column."""
        for suite in self.with_column(column):
            if suite.task == plain_task(task) and column in suite.values.get(system, {}):
                return suite
        return None


def open_side(where: Path, wanted: Callable[[str], bool]) -> Side:
    """Open a run's folder, or a file or folder of lm-eval's samples; `wanted(column)` says what is worth computing.

    Raises:
        InputError: it is neither, or it is not whole.
    """
    if is_run(where):
        manifest, readings = read_run(where)
        suites = [suite for reading in readings for suite in reading.suites]
        suites += _safety(manifest, Store(where / "artefacts"))
        return Side(where, tuple(suites), {reading.record.name: reading for reading in readings})
    return Side(where, tuple(read_suites(where, wanted)))


def _safety(manifest: Manifest, store: Store) -> Iterator[Suite]:
    """The safety suites of a run, each called `<document>/<task>`, since every document has systems of its own."""
    for record in manifest.documents:
        for one in all_measured(manifest, record, store)[0]:
            yield replace(one.suite, task=f"{record.name}/{one.name}")


def same_items(main: Suite, candidate: Suite) -> Suite:
    """The candidate's suite in the order of main's items.

    Raises:
        NotComparableError: the two did not answer the same items, or were asked something else by them.
    """
    keys = [_numbered(suite) for suite in (main, candidate)]
    places = {key: place for place, key in enumerate(keys[1])}
    lone = [key for key in keys[0] if key not in places] + sorted(set(places) - set(keys[0]))
    if lone:
        raise NotComparableError(
            f"other data: {len(lone)} items are in one of the two only (main has {len(keys[0])}, the candidate "
            f"{len(keys[1])}), first {lone[0][0]!r}"
        )
    ordered = candidate.ordered([places[key] for key in keys[0]])
    differ = [a.id for a, b in zip(main.items, ordered.items, strict=True) if a.content != b.content]
    if differ:
        raise NotComparableError(
            f"other prompts: {len(differ)} of {len(main.items)} items ask something else or have another reference, "
            f"first {differ[0]!r}"
        )
    return ordered


def _numbered(suite: Suite) -> list[tuple[str, int]]:
    """Each item's id, and how many items before it have the same: data can hold a document twice."""
    met: dict[str, int] = {}
    keys = []
    for item in suite.items:
        met[item.id] = met.get(item.id, -1) + 1
        keys.append((item.id, met[item.id]))
    return keys


@dataclass(frozen=True)
class Pair:
    """What main's system and the candidate's scored on the same items, in the same order.

    same: whether both gave the very same answers. note: what must be said of the figures.
    """

    suite: Suite
    main: Values
    candidate: Values
    same: bool
    note: str = ""


def paired_values(main: Side, candidate: Side, task: str, column: str, systems: tuple[str, str]) -> Pair:
    """Two systems' values in a column of a task; systems: main's, then the candidate's.

    A win rate is taken over the opponents whose answers are the same in both runs, since one over other opponents is
    another figure.

    Raises:
        NotComparableError: other items, another metric's signature, another judge, or no opponent in common.
    """
    ours, theirs = (
        _suite(side, where, task, column, name)
        for side, where, name in zip((main, candidate), ("main", "the candidate"), systems, strict=True)
    )
    note = ""
    if judge := judge_of(column):
        readings = (main.readings[ours.task], candidate.readings[theirs.task])
        opponents = shared_opponents(readings, judge, systems)
        ours, theirs = (
            replace(suite, values={name: {column: reading.win_values(judge, name, opponents)}})
            for suite, reading, name in zip((ours, theirs), readings, systems, strict=True)
        )
        note = f"over {', '.join(opponents)}"
    theirs = same_items(ours, theirs)
    a, b = ours.values[systems[0]][column], theirs.values[systems[1]][column]
    if a.signature != b.signature:
        raise NotComparableError(f"measured differently: main by {a.signature}, the candidate by {b.signature}")
    said = ours.said.get(systems[0])
    return Pair(ours, a, b, said is not None and said == theirs.said.get(systems[1]), note)


def _suite(side: Side, where: str, task: str, column: str, system: str) -> Suite:
    suite = side.suite(task, column, system)
    if suite is None:
        raise NotComparableError(f"{where} has no {column} of system {system!r} on {task}")
    return suite


def shared_opponents(readings: tuple[Reading, Reading], judge: str, systems: tuple[str, str]) -> list[str]:
    """The opponents that both systems met before the same judge, and whose answers are the same in both runs.

    Raises:
        NotComparableError: the judges differ, or there is none.
    """
    if len({reading.judge_identity(judge) for reading in readings}) > 1:
        raise NotComparableError(f"another judge: {judge} has other settings or another model in the candidate")
    met = []
    for reading, system in zip(readings, systems, strict=True):
        names = {name for v in reading.verdicts[judge] if system in (v.first, v.second) for name in (v.first, v.second)}
        met.append({name: reading.suites[0].said[name] for name in reading.names if name in names - {system}})
    shared = [name for name, said in met[0].items() if met[1].get(name) == said]
    if not shared:
        raise NotComparableError(
            f"other opponents: none of {', '.join(met[0])} gave the same answers in both runs, and a win rate over "
            "others is another figure"
        )
    return shared
