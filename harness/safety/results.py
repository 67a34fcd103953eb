"""From a run's safety artefacts to figures: read from its manifest and artefacts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.manifest import DocumentRecord, Made, Manifest
from harness.recipe import SEED, Recipe
from harness.safety.responses import Response, read_labels, read_responses
from harness.safety.scores import SCORERS, Scored
from harness.safety.suites import PARTS, Task
from harness.statistics import Comparison, Estimate, Resampler, compare, estimate, holm
from harness.store import Store
from harness.suite import Item, Suite

Figures = Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class Measured:
    """A task, or the part of it that has figures of its own, on every system; kinds, areas and severities (1 to 3,
    or empty) run parallel to items.
    """

    name: str
    title: str
    part: str
    suite: Suite
    kinds: tuple[str, ...]
    areas: tuple[str, ...]
    severities: tuple[str, ...]
    cut: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """A system's figure minus the seed model's on the same items; p_holm over all changes of the document."""

    comparison: Comparison
    p_holm: float


@dataclass(frozen=True)
class TaskResults:
    """Figures of one `Measured`, system -> column -> estimate. `changes` has no seed model, `by` is (subset, name)."""

    name: str
    title: str
    part: str
    n_items: int
    figures: Figures
    changes: Mapping[str, Mapping[str, Change]]
    by: Mapping[tuple[str, str], Figures]
    cut: Mapping[str, int]


@dataclass(frozen=True)
class SafetyResults:
    """All safety figures of one document. `not_run`: (title, how to get it) of suites that could not be loaded.

    classed: the name and the inputs of what classed the answers; None where nothing was classed.
    """

    document: str
    seed: str | None
    tasks: tuple[TaskResults, ...]
    not_run: tuple[tuple[str, str], ...]
    classed: tuple[str, Mapping[str, Any]] | None


def safety_results(manifest: Manifest, record: DocumentRecord, store: Store) -> SafetyResults | None:
    """The safety figures of a document; None where its run asked for none."""
    if not any(record.of_kind("responses")):
        return None
    recipe = manifest.recipe
    seed = next((s.name for s in recipe.systems if s.method == SEED and not s.retrieval), None)
    tasks, not_run, classed = all_measured(manifest, record, store)
    results = [_task(one, recipe, seed) for one in tasks]
    return SafetyResults(record.name, seed, _corrected(results), not_run, classed)


def all_measured(
    manifest: Manifest, record: DocumentRecord, store: Store
) -> tuple[list[Measured], tuple[tuple[str, str], ...], tuple[str, Mapping[str, Any]] | None]:
    """Everything measured on a document's systems; `not_run` and `classed` as in `SafetyResults`."""
    steps, names = list(record.of_kind("responses")), [system.name for system in manifest.recipe.systems]
    labels = {(made.about["system"], made.about["part"]): made for made in record.of_kind("labels")}
    not_run: list[tuple[str, str]] = []
    tasks: list[Measured] = []
    classed: tuple[str, Mapping[str, Any]] | None = None
    for part in dict.fromkeys(made.about["part"] for made in steps):
        there = {made.about["system"]: made for made in steps if made.about["part"] == part}
        if not all(store.has(there[name]) and store.has(labels[name, part]) for name in names):
            source = PARTS[part].source
            not_run.append((PARTS[part].title, source.how_to_get() if source else "run the recipe again"))
            continue
        found = store.inputs(labels[names[0], part])["labels"]["classifier"]
        classed = (str(found["name"]), found)
        tasks += measured(part, {n: (there[n], labels[n, part]) for n in names}, store, str(found["name"]))
    return tasks, tuple(not_run), classed


def measured(part: str, made: Mapping[str, tuple[Made, Made]], store: Store, by: str) -> Iterator[Measured]:
    """What every system scored on a part, task by task."""
    answered = {name: read_responses(store.path(responses)) for name, (responses, _) in made.items()}
    labelled = {name: read_labels(store.path(labels)) for name, (_, labels) in made.items()}
    for task in PARTS[part].tasks:
        rows = {name: [one for one in found if one.task == task.name] for name, found in answered.items()}
        scored = {
            name: SCORERS[task.scorer].score(own, [labelled[name].get((task.name, one.item)) for one in own], by)
            for name, own in rows.items()
        }
        yield from _measured(part, task, rows, scored)


def _measured(
    part: str, task: Task, rows: Mapping[str, Sequence[Response]], scored: Mapping[str, Sequence[Scored]]
) -> Iterator[Measured]:
    first = next(iter(rows))
    several = len(scored[first]) > 1
    for n, shape in enumerate(scored[first]):
        kept = [one for one, keep in zip(rows[first], shape.keep, strict=True) if keep]
        items = tuple(Item(one.item, one.content, one.cluster or None) for one in kept)
        values = {name: found[n].columns for name, found in scored.items()}
        yield Measured(
            name=f"{task.name}:{shape.part}" if several else task.name,
            title=f"{task.title}, {shape.part}" if several else task.title,
            part=shape.part,
            suite=Suite(task.name, items, values),
            kinds=tuple(one.kind for one in kept),
            areas=tuple(one.area for one in kept),
            severities=tuple(str(one.facts.get("severity", "")) for one in kept),
            cut={name: sum(one.cut for one in own) for name, own in rows.items()},
        )


def _task(one: Measured, recipe: Recipe, seed: str | None) -> TaskResults:
    how = recipe.statistics
    resampler = _resampler(one.suite, recipe)
    resampler.prepare([values for columns in one.suite.values.values() for values in columns.values()])
    changes: dict[str, dict[str, Change]] = {}
    for name, columns in one.suite.values.items():
        if seed is not None and name != seed:
            start = one.suite.values[seed]
            changes[name] = {
                column: Change(compare(values, start[column], resampler, how.confidence, how.interval), float("nan"))
                for column, values in columns.items()
            }
    by = {
        (what, name): _estimates(one.suite.only(np.array([own == name for own in names])), recipe)
        for what, names in (("kind", one.kinds), ("area", one.areas), ("severity", one.severities))
        for name in dict.fromkeys(sorted(names))
        if len(set(names)) > 1
    }
    figures = _estimates(one.suite, recipe, resampler)
    return TaskResults(one.name, one.title, one.part, len(one.suite.items), figures, changes, by, one.cut)


def _resampler(suite: Suite, recipe: Recipe) -> Resampler:
    return Resampler(len(suite.items), suite.clusters, recipe.statistics.resamples, recipe.seed)


def _estimates(suite: Suite, recipe: Recipe, resampler: Resampler | None = None) -> Figures:
    how, drawn = recipe.statistics, resampler or _resampler(suite, recipe)
    return {
        name: {column: estimate(values, drawn, how.confidence, how.interval) for column, values in columns.items()}
        for name, columns in suite.values.items()
    }


def _corrected(tasks: Sequence[TaskResults]) -> tuple[TaskResults, ...]:
    """The tasks with Holm's p of their headline figures' changes, over all systems and tasks."""
    told = [
        (n, name, column)
        for n, task in enumerate(tasks)
        for name, columns in task.changes.items()
        for column in headline(columns)
    ]
    corrected = holm([tasks[n].changes[name][column].comparison.p_bootstrap for n, name, column in told])
    changes = [{name: dict(columns) for name, columns in task.changes.items()} for task in tasks]
    for (n, name, column), p in zip(told, corrected, strict=True):
        changes[n][name][column] = replace(changes[n][name][column], p_holm=p)
    return tuple(replace(task, changes=own) for task, own in zip(tasks, changes, strict=True))


#: The columns that tables show of each task, others are in the spreadsheet.
_HEADLINE = (
    "refused", "truthful", "accuracy", "bias", "stereotype_preferred", "chosen_likelier", "truth_mass", "biased",
    "negative", "toxic",
)  # fmt: skip


def headline(columns: Mapping[str, object]) -> list[str]:
    """Those of `columns` that tables show, in order."""
    return [column for column in _HEADLINE if column in columns]


def plain(results: SafetyResults) -> dict[str, Any]:
    """The figures over all items as JSON has them; NaN as null."""

    def number(value: float) -> float | None:
        return None if np.isnan(value) else round(value, 6)

    def figure(one: Estimate) -> dict[str, Any]:
        values = {"value": number(one.value), "low": number(one.low), "high": number(one.high)}
        return {**values, "n": one.n, "n_unscored": one.n_unscored, "signature": one.signature}

    tasks = {
        task.name: {name: {c: figure(one) for c, one in columns.items()} for name, columns in task.figures.items()}
        for task in results.tasks
    }
    return {"document": results.document, "tasks": tasks, "not_run": dict(results.not_run)}
