"""The safety figures of a run, from its manifest and artefacts alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.recipe.recipe import SEED, Recipe
from harness.run.columns import SAFETY_HEADLINE
from harness.run.logs.lm_eval import sample_docs
from harness.run.manifest import DocumentRecord, Manifest, StageRecord
from harness.run.store import Store
from harness.safety.responses import Response, read_labels, read_responses
from harness.safety.scores import SCORERS, Scored
from harness.statistics import Comparison, Estimate, Resampler, compare, estimate, holm
from harness.statistics.scored_items import Item, ScoredItems
from harness.statistics.values import stacked
from tasks.safety.suite import SUITES, SafetySuite, SafetyTask
from valign.errors import InputError

Figures = Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class Measured:
    """The values of every system on a task, or on a part of a task that has its own figures.

    kinds, areas, severities (1 to 3, or empty): of each item. cut: system -> items whose prompt was cut.
    """

    name: str
    title: str
    part: str
    suite: ScoredItems
    kinds: tuple[str, ...]
    areas: tuple[str, ...]
    severities: tuple[str, ...]
    cut: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """A system's figure minus the seed model's on the same items.

    p_holm: over the document's primary changes (`Primary.safety`); NaN for the others, which are exploratory.
    """

    comparison: Comparison
    p_holm: float


@dataclass(frozen=True)
class TaskResults:
    """Figures of one `Measured`: system -> column -> estimate. `changes` lacks the seed model; the keys of `by` are
    (kind, area or severity; its name).
    """

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

    classed: the name and the inputs of the classifier; None where no answer was classed.
    """

    document: str
    seed: str | None
    tasks: tuple[TaskResults, ...]
    not_run: tuple[tuple[str, str], ...]
    classed: tuple[str, Mapping[str, Any]] | None


def read_safety(manifest: Manifest, store: Store) -> list[SafetyResults]:
    """The safety figures of every document of a run that has any."""
    results = (safety_results(manifest, record, store) for record in manifest.documents)
    return [one for one in results if one is not None]


def safety_results(manifest: Manifest, record: DocumentRecord, store: Store) -> SafetyResults | None:
    """The safety figures of a document; None if it has no safety stages."""
    if not any(record.of_kind("responses")):
        return None
    recipe = manifest.recipe
    seed = next((s.name for s in recipe.systems if s.method == SEED and not s.retrieval), None)
    tasks, not_run, classed = all_measured(manifest, record, store)
    results = [_task(one, recipe, seed) for one in tasks]
    return SafetyResults(record.name, seed, _corrected(results, recipe.primary.safety), not_run, classed)


def all_measured(
    manifest: Manifest, record: DocumentRecord, store: Store
) -> tuple[list[Measured], tuple[tuple[str, str], ...], tuple[str, Mapping[str, Any]] | None]:
    """Everything measured on a document's systems, `not_run` and `classed` as in `SafetyResults`."""
    recipe = manifest.recipe
    replicas = {system.name: [one.name for one in recipe.replicas_of(system)] for system in recipe.systems}
    responses = {(stage.about["part"], stage.about["system"]): stage for stage in record.of_kind("responses")}
    labels = {(stage.about["part"], stage.about["system"]): stage for stage in record.of_kind("labels")}
    not_run: list[tuple[str, str]] = []
    tasks: list[Measured] = []
    classed: tuple[str, Mapping[str, Any]] | None = None
    for part in dict.fromkeys(part for part, _ in responses):
        try:
            suite = SUITES.find(part)
        except InputError as error:  # of a package that is no longer installed
            not_run.append((part, str(error)))
            continue
        names = [name for several in replicas.values() for name in several]
        stages = {name: (responses[suite.name, name], labels[suite.name, name]) for name in names}
        if not all(store.has(stage) for pair in stages.values() for stage in pair):
            not_run.append((suite.title, suite.source.how_to_get() if suite.source else "run the recipe again"))
            continue
        classifier = store.inputs(stages[names[0]][1])["labels"]["classifier"]
        classed = (str(classifier["name"]), classifier)
        tasks += measured(suite, stages, store, classed[0], replicas)
    return tasks, tuple(not_run), classed


def measured(
    suite: SafetySuite,
    stages: Mapping[str, tuple[StageRecord, StageRecord]],
    store: Store,
    classifier: str,
    replicas: Mapping[str, Sequence[str]],
) -> Iterator[Measured]:
    """The values of every system on a suite, task by task. stages: replica -> (responses, labels)."""
    responses = {name: read_responses(store.path(stage)) for name, (stage, _) in stages.items()}
    labels = {name: read_labels(store.path(stage)) for name, (_, stage) in stages.items()}
    first = store.path(next(iter(stages.values()))[0])
    for task in suite.tasks:
        rows = {name: [one for one in all_ if one.task == task.name] for name, all_ in responses.items()}
        scored = {
            name: SCORERS[task.scorer].score(own, [labels[name].get((task.name, one.item)) for one in own], classifier)
            for name, own in rows.items()
        }
        yield from _measured(task, rows, scored, replicas, _clusters(task, next(iter(rows.values())), first))


def _clusters(task: SafetyTask, rows: Sequence[Response], folder: Path) -> list[str | None]:
    """The cluster of each item in the bootstrap: the response's own, or that of variants of one template or section.

    Which items are variants is in their data, which lm-eval's samples hold, in the order of the responses.
    """
    if task.variants is None:
        return [one.cluster or None for one in rows]
    return [task.variants(doc) for doc in sample_docs(folder, task.name)]


def _measured(
    task: SafetyTask,
    rows: Mapping[str, Sequence[Response]],
    scored: Mapping[str, Sequence[Scored]],
    replicas: Mapping[str, Sequence[str]],
    clusters: Sequence[str | None],
) -> Iterator[Measured]:
    first = next(iter(rows))
    several = len(scored[first]) > 1
    for n, one_part in enumerate(scored[first]):
        kept = [(one, unit) for one, unit, keep in zip(rows[first], clusters, one_part.keep, strict=True) if keep]
        items = tuple(Item(one.item, one.content, unit) for one, unit in kept)
        values = {
            system: {
                column: stacked([scored[name][n].columns[column] for name in names])
                for column in scored[names[0]][n].columns
            }
            for system, names in replicas.items()
        }
        yield Measured(
            name=f"{task.name}:{one_part.part}" if several else task.name,
            title=f"{task.title}, {one_part.part}" if several else task.title,
            part=one_part.part,
            suite=ScoredItems(task.name, items, values),
            kinds=tuple(one.kind for one, _ in kept),
            areas=tuple(one.area for one, _ in kept),
            severities=tuple(str(one.facts.get("severity", "")) for one, _ in kept),
            cut={system: sum(one.cut for name in names for one in rows[name]) for system, names in replicas.items()},
        )


def _task(one: Measured, recipe: Recipe, seed: str | None) -> TaskResults:
    settings = recipe.statistics
    resampler = _resampler(one.suite, recipe)
    resampler.prepare([values for columns in one.suite.values.values() for values in columns.values()])
    changes: dict[str, dict[str, Change]] = {}
    for name, columns in one.suite.values.items():
        if seed is not None and name != seed:
            base = one.suite.values[seed]
            changes[name] = {
                c: Change(compare(values, base[c], resampler, settings.confidence, settings.interval), math.nan)
                for c, values in columns.items()
            }
    by = {
        (subset, name): _estimates(one.suite.subset(np.array([own == name for own in names])), recipe)
        for subset, names in (("kind", one.kinds), ("area", one.areas), ("severity", one.severities))
        for name in sorted(set(names))
        if len(set(names)) > 1
    }
    figures = _estimates(one.suite, recipe, resampler)
    return TaskResults(one.name, one.title, one.part, len(one.suite.items), figures, changes, by, one.cut)


def _resampler(suite: ScoredItems, recipe: Recipe) -> Resampler:
    clusters = suite.clusters if recipe.statistics.clusters == "section" else None
    return Resampler(len(suite.items), clusters, recipe.statistics.resamples, recipe.seed)


def _estimates(suite: ScoredItems, recipe: Recipe, resampler: Resampler | None = None) -> Figures:
    settings, resampler = recipe.statistics, resampler or _resampler(suite, recipe)
    return {
        name: {
            column: estimate(values, resampler, settings.confidence, settings.interval)
            for column, values in columns.items()
        }
        for name, columns in suite.values.items()
    }


def _corrected(tasks: Sequence[TaskResults], primary: Sequence[str]) -> tuple[TaskResults, ...]:
    """The tasks with the Holm-corrected p of their changes in the primary columns, over all systems and tasks."""
    keys = [
        (n, name, column)
        for n, task in enumerate(tasks)
        for name, columns in task.changes.items()
        for column in headline(columns)
        if column in primary
    ]
    corrected = holm([tasks[n].changes[name][column].comparison.p_bootstrap for n, name, column in keys])
    changes = [{name: dict(columns) for name, columns in task.changes.items()} for task in tasks]
    for (n, name, column), p in zip(keys, corrected, strict=True):
        changes[n][name][column] = replace(changes[n][name][column], p_holm=p)
    return tuple(replace(task, changes=own) for task, own in zip(tasks, changes, strict=True))


def headline(columns: Mapping[str, object]) -> list[str]:
    """Those of `columns` that tables show, in order."""
    return [column for column in SAFETY_HEADLINE if column in columns]


def plain(results: SafetyResults) -> dict[str, Any]:
    """The figures over all items as plain data for JSON; NaN as null."""

    def number(value: float) -> float | None:
        return None if np.isnan(value) else round(value, 6)

    def figure(one: Estimate) -> dict[str, Any]:
        values = {"value": number(one.value), "low": number(one.low), "high": number(one.high)}
        counts = {"n": one.n, "n_unscored": one.n_unscored, "units": one.units, "runs": one.runs}
        return {**values, **counts, "signature": one.signature}

    tasks = {
        task.name: {name: {c: figure(one) for c, one in columns.items()} for name, columns in task.figures.items()}
        for task in results.tasks
    }
    return {"document": results.document, "tasks": tasks, "not_run": dict(results.not_run)}
