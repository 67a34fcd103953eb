"""Another metric or judge for a finished run, on the answers that it stored; nothing is trained or generated.

The stages are those that `valign run` would plan for the same metric or judge, so what is there already is not made
again, and the run's recipe names the metric or judge from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.judging.judge import Cost
from harness.recipe.recipe import JudgeChoice, MetricChoice, Recipe
from harness.run.executor import LocalWorkspace, OnProgress, execute, settle_torch
from harness.run.manifest import DocumentRecord, Manifest, StageRecord, check_finished, read_manifest, write_manifest
from harness.run.store import Store
from harness.stages.base import Stage
from harness.stages.scores import Scores
from harness.stages.setup import models_in
from harness.stages.verdicts import Verdicts, expected
from tasks.data.folder import find
from valign.errors import InputError, unknown
from valign.models.fetch import ensure_models


@dataclass(frozen=True)
class Expected:
    """What a judge still has to do: pairs of systems, judgements, and the calls for them."""

    pairs: int
    judgements: int
    cost: Cost


def add_metric(folder: Path, choice: MetricChoice, on_progress: OnProgress) -> None:
    """Add a metric to a run, or replace the one of that name.

    Raises:
        InputError: no run is there or another one is at work, its answers are missing, or no metric has that name or
            setting.
    """
    ensure_models(models_in(choice.settings))
    with _locked(folder) as (manifest, store):
        stages = {
            document.name: [
                Scores.of(document.name, system, choice, answers)
                for system, answers in (_answers(manifest, document) | _copies(document)).items()
            ]
            for document in manifest.documents
        }
        others = [choice if one.name == choice.name else one for one in manifest.recipe.metrics]
        recipe = manifest.recipe.model_copy(update={"metrics": others if choice in others else [*others, choice]})
        _make(stages, store, recipe, on_progress)
        write_manifest(folder, manifest.replacing(recipe, stages, {"metric": choice.name}))


def add_judge(folder: Path, choice: JudgeChoice, on_progress: OnProgress) -> Cost:
    """Add a judge to a run, or replace the one of that name. Returns what the new verdicts cost.

    Raises:
        InputError: no run is there or another one is at work, its answers are missing, no judge has that name or
            setting, no system has the name to judge against, or calls brought no answer.
    """
    ensure_models(models_in(choice.settings))
    with _locked(folder) as (manifest, store):
        stages = _verdicts(manifest, choice)
        missing = [stage for of_document in stages.values() for stage in of_document if not store.has(stage)]
        others = [choice if one.key == choice.key else one for one in manifest.recipe.judges]
        recipe = manifest.recipe.model_copy(update={"judges": others if choice in others else [*others, choice]})
        _make(stages, store, recipe, on_progress)
        write_manifest(folder, manifest.replacing(recipe, stages, {"judge": choice.key}))
        return sum((Verdicts.read(store.path(stage)).cost for stage in missing), Cost())


def expect_judge(folder: Path, choice: JudgeChoice) -> Expected:
    """What `add_judge` would do. Nothing is asked.

    Raises:
        InputError: see `add_judge`.
    """
    manifest, store = _open(folder)
    stages = [one for of_document in _verdicts(manifest, choice).values() for one in of_document if not store.has(one)]
    judgements, cost = expected(stages, LocalWorkspace(store))
    return Expected(len(stages), judgements, cost)


def _open(folder: Path) -> tuple[Manifest, Store]:
    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store, ("answers",))
    return manifest, store


@contextmanager
def _locked(folder: Path) -> Iterator[tuple[Manifest, Store]]:
    """The run in a folder, which no other command changes meanwhile."""
    _open(folder)
    with Store(folder / "artefacts").lock():
        yield _open(folder)


def _make(stages: Mapping[str, Sequence[Stage]], store: Store, recipe: Recipe, on_progress: OnProgress) -> None:
    planned = [stage for of_document in stages.values() for stage in of_document]
    if not all(store.has(stage) for stage in planned):
        settle_torch(recipe)
    execute(planned, store, on_progress)


def _answers(manifest: Manifest, document: DocumentRecord) -> dict[str, StageRecord]:
    by_system = {one.about["system"]: one for one in document.of_kind("answers")}
    return {system.name: by_system[system.name] for system in manifest.recipe.replicas}


def _copies(document: DocumentRecord) -> dict[str, StageRecord]:
    return {one.about["system"]: one for one in document.of_kind("copies")}


def _verdicts(manifest: Manifest, choice: JudgeChoice) -> dict[str, list[Verdicts]]:
    names = [system.name for system in manifest.recipe.systems]
    if choice.against is not None and choice.against not in names:
        raise unknown("system to judge against", choice.against, names)
    return {
        record.name: Verdicts.of(record.name, _source(name), choice, _answers(manifest, record))
        for record, name in zip(manifest.documents, manifest.recipe.documents, strict=True)
    }


def _source(name: str) -> Path:
    """A document's folder, which need not be there any more: only a judge that is shown its sections needs it."""
    try:
        return find(name).path
    except InputError:
        return Path(name)
