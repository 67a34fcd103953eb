"""Other harnesses' logs as a run folder: several systems on the same items, to score, judge, report and compare.

There is no recipe to repeat: `run.json` says of each system which log it is from, and of the recipe it holds only what
figures are computed with (systems, comparisons, statistics). What is imported are the answers, and the values that the
harness logged as the metric `logged`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.models.answers import write_answers
from harness.recipe.recipe import Recipe, parse_recipe
from harness.run.executor import OnProgress, execute
from harness.run.logs.base import Logged, clean, plain_task, system_name
from harness.run.logs.open import read_logs
from harness.run.manifest import (
    DocumentRecord,
    ImportedLog,
    Manifest,
    SectionRecord,
    StageRecord,
    is_run,
    write_manifest,
)
from harness.run.store import Store
from harness.stages.base import DocumentPlanner, Label, Stage, Workspace, Write
from harness.statistics.values import Values, write_values
from valign import __version__
from valign.errors import InputError, unknown
from valign.fingerprint import fingerprint, of_file

#: What tables, `scores` artefacts and recipes call the values that another harness logged.
METRIC = "logged"
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._+-]*)=(?P<path>.+)", re.DOTALL)
#: System -> its log, by task.
_Tasks = dict[str, dict[str, Logged]]


@dataclass(frozen=True, eq=False)
class _FromLog(Stage):
    """An artefact whose content is in a log."""

    logged: Logged

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """None: a recipe asks for no logs."""
        return []

    def inputs(self) -> dict[str, object]:
        """The log, which system and task of it is meant, and the order of the items."""
        one = self.logged
        return {"log": of_file(one.file), "system": one.system, "task": one.task, "items": fingerprint(*one.keys)}

    @classmethod
    def make(cls, stages: Sequence[_FromLog], work: Workspace) -> Iterator[tuple[_FromLog, Write]]:
        """Write what was logged."""
        for stage in stages:
            yield stage, stage.write

    def write(self, folder: Path) -> None:
        """Write the artefact's files."""
        raise NotImplementedError


class _LoggedAnswers(_FromLog):
    kind = "answers"

    def write(self, folder: Path) -> None:
        write_answers(folder, self.logged.answers)


class _LoggedScores(_FromLog):
    kind = "scores"

    def write(self, folder: Path) -> None:
        write_values(folder, self.logged.columns)


def import_logs(sources: Sequence[str], out: Path, tasks: Sequence[str], on_progress: OnProgress) -> list[str]:
    """Make a run folder of logs, and return notes about what is left out.

    Args:
        sources: `PATH` or `NAME=PATH` of a log, or of a folder of logs; the first system is what others are compared
            with. A system is called as its log says where no name is given.
        out: a new folder.
        tasks: which tasks to take; all where empty.
        on_progress: is given each artefact with its state.

    Raises:
        InputError: `out` holds a run, a log cannot be read or has no answers, systems share a name, or they were asked
            other things.
    """
    if is_run(out):
        raise InputError(f"{out}: holds a run already; expected a new folder")
    read = [one for source in sources for one in _read(source)]
    notes = [f"{one.file}: {note}" for one in read for note in one.notes]
    by_task = _by_task(read, tasks)
    aligned = {task: _aligned(task, systems, notes) for task, systems in by_task.items()}
    stages = {task: list(_stages(task, systems)) for task, systems in aligned.items()}
    store = Store(out / "artefacts")
    with store.lock():
        execute([stage for of_task in stages.values() for stage in of_task], store, on_progress)
        write_manifest(out, _manifest(out, aligned, stages))
    return notes


def _read(source: str) -> list[Logged]:
    named = None if Path(source).exists() else _NAMED.fullmatch(source)
    logs = read_logs(Path(named["path"] if named else source), lambda column: False)
    if not named:
        return [replace(one, system=system_name(one.system)) for one in logs]
    if len(systems := {one.system for one in logs}) > 1:
        found = ", ".join(sorted(systems))
        raise InputError(f"{source}: several systems ({found}) cannot have one name; name each log")
    return [replace(one, system=named["name"]) for one in logs]


def _by_task(logs: Sequence[Logged], tasks: Sequence[str]) -> _Tasks:
    """The logs by task and system, every system with every task."""
    known = list(dict.fromkeys(plain_task(one.task) for one in logs))
    for task in tasks:
        if plain_task(task) not in known:
            raise unknown("task of these logs", task, known)
    found: _Tasks = {plain_task(task): {} for task in tasks or known}
    for one in logs:
        of_task = found.get(plain_task(one.task))
        if of_task is None:
            continue
        if other := of_task.get(one.system):
            raise InputError(
                f"{one.file}: system {one.system!r} on {one.task} is in {other.file} already; name them: NAME=PATH"
            )
        of_task[one.system] = one
    names = dict.fromkeys(name for of_task in found.values() for name in of_task)
    for task, of_task in found.items():
        if missing := [name for name in names if name not in of_task]:
            raise InputError(f"task {task}: no log of {', '.join(missing)}; give it, or name the tasks with --task")
    return {task: {name: of_task[name] for name in names} for task, of_task in found.items()}


def _aligned(task: str, systems: Mapping[str, Logged], notes: list[str]) -> dict[str, Logged]:
    """The systems of a task on the items of the first, in its order, with the columns that all of them have."""
    first = next(iter(systems.values()))
    for one in systems.values():
        if not one.answers:
            raise InputError(
                f"{one.file}: task {task} asks for no answers, only for likelihoods of whole texts; "
                "valign compare reads its figures"
            )
    placed = {name: _placed(first, one) for name, one in systems.items()}
    shared = [
        column
        for column, values in first.columns.items()
        if all(_alike(values, one.columns.get(column)) for one in placed.values())
    ]
    every = dict.fromkeys(column for one in placed.values() for column in one.columns)
    if gone := [column for column in every if column not in shared]:
        notes.append(f"{task}: {', '.join(gone)}: left out, not every system has them measured alike")
    return {
        name: replace(one, columns={column: one.columns[column] for column in shared}) for name, one in placed.items()
    }


def _alike(values: Values, other: Values | None) -> bool:
    if other is None:
        return False
    return (values.signature, values.statistics.shape) == (other.signature, other.statistics.shape)


def _placed(first: Logged, other: Logged) -> Logged:
    """A system's answers and values in the order of the first system's items, under their ids."""
    at = {key: n for n, key in enumerate(_numbered(other.keys))}
    wanted = _numbered(first.keys)
    lone = [n for n, key in enumerate(wanted) if key not in at]
    if lone or len(at) != len(wanted):
        first_lone = f", first {first.items[lone[0]].id!r}" if lone else ""
        raise InputError(
            f"{other.file}: {len(lone)} of the {len(wanted)} items of {first.file} are not in it, and it has "
            f"{len(at)}{first_lone}; systems of one table are asked the same things"
        )
    order = [at[key] for key in wanted]
    answers = tuple(
        replace(
            (one := other.answers[n]), item=item.id, section=item.section or "", seen=item.seen,
            prompt=clean(one.prompt), reference=clean(one.reference), text=clean(one.text),
        )
        for n, item in zip(order, first.items, strict=True)
    )  # fmt: skip
    columns = {name: _taken(values, order) for name, values in other.columns.items()}
    return replace(other, items=first.items, keys=first.keys, answers=answers, columns=columns)


def _taken(values: Values, order: Sequence[int]) -> Values:
    reasons, place = dict(values.reasons), {n: at for at, n in enumerate(order)}
    moved = tuple(sorted((place[n], why) for n, why in reasons.items()))
    return replace(values, statistics=values.statistics[list(order)], reasons=moved)


def _numbered(keys: Sequence[str]) -> list[tuple[str, int]]:
    """Each key with the number of earlier items that have it too: a question can be asked twice."""
    seen: Counter[str] = Counter()
    numbered = []
    for key in keys:
        numbered.append((key, seen[key]))
        seen[key] += 1
    return numbered


def _stages(task: str, systems: Mapping[str, Logged]) -> Iterator[Stage]:
    for name, one in systems.items():
        harness = one.harness.split()[0]
        label = partial(Label, task)
        yield _LoggedAnswers(label(f"{task}-{name}", f"{name}: answers from {harness}", {"system": name}), one)
        about = {"system": name, "metric": METRIC}
        yield _LoggedScores(label(f"{task}-{name}-{METRIC}", f"{name}: values from {harness}", about), one)


def _manifest(out: Path, tasks: Mapping[str, Mapping[str, Logged]], stages: Mapping[str, Sequence[Stage]]) -> Manifest:
    names = list(next(iter(tasks.values())))
    logs = tuple(
        ImportedLog(
            document=task, system=name, harness=one.harness, model=one.model, file=str(one.file), log=of_file(one.file)
        )
        for task, systems in tasks.items()
        for name, one in systems.items()
    )
    return Manifest(
        valign=__version__,
        recipe=_recipe(out, tasks, names),
        labels={name: name for name in names},
        documents=tuple(_document(task, systems[names[0]], stages[task]) for task, systems in tasks.items()),
        imported=logs,
    )


def _recipe(out: Path, tasks: Mapping[str, Mapping[str, Logged]], names: Sequence[str]) -> Recipe:
    sections = all(item.section for systems in tasks.values() for item in systems[names[0]].items)
    data = {
        "name": system_name(out.resolve().name),
        "documents": list(tasks),
        "seed_model": {"model": "none", "label": "none"},
        "systems": [{"name": name, "method": "imported"} for name in names],
        "metrics": [{"name": METRIC}],
        "comparisons": [[name, names[0]] for name in names[1:]],
        "statistics": {"clusters": "section" if sections else "none"},
    }
    return parse_recipe(data, str(out))


def _document(task: str, first: Logged, stages: Sequence[Stage]) -> DocumentRecord:
    sections = dict.fromkeys(item.section for item in first.items if item.section)
    return DocumentRecord(
        name=task,
        title=f"{first.task}, imported",
        sections=tuple(SectionRecord(id=one, title=one) for one in sections),
        held_out={},
        steps=tuple(StageRecord.of(stage) for stage in stages),
    )
