"""What a run folder says of itself: `run.json`. Its figures are read from this and the artefacts, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import Field

from harness.judging.families import teacher_of
from harness.models.backends import is_served
from harness.recipe import SEED, Recipe
from harness.recipe.yaml_files import Part, checked
from harness.run.plan import DocumentPlan, Plan
from harness.run.store import Store
from harness.stages.base import STAGES, Stage
from harness.stages.checkpoint import training_label
from harness.stages.setup import Setup
from tasks.data.audit.answers_alone import cross_validated
from tasks.data.folder import DataFolder
from valign import __version__
from valign.errors import InputError
from valign.files import write_atomic, write_json
from valign.fingerprint import of_file

_NAME = "run.json"


class StageRecord(Part):
    """One stage: its kind, name and fingerprint, what a person calls it, and what of the run it is about."""

    kind: str
    name: str
    id: str
    title: str
    about: dict[str, str]

    @classmethod
    def of(cls, stage: Stage) -> StageRecord:
        """The record of a planned stage."""
        return cls(kind=stage.kind, name=stage.name, id=stage.id, title=stage.title, about=dict(stage.about))


class SectionRecord(Part):
    """A section of a document. text: its body, empty in runs of versions that did not store it."""

    id: str
    title: str
    text: str = ""


class DocumentRecord(Part):
    """A document of a run: its sections in order, the fingerprints of its held-out files, its stages in order.

    teacher: who wrote its data, where a synthesis left its report. answers_alone: the accuracy, in [0, 1], of a
    classifier that sees the answers of the held-out pairs and nothing else; None where there are too few.
    """

    name: str
    title: str
    sections: tuple[SectionRecord, ...]
    held_out: dict[str, str]
    steps: tuple[StageRecord, ...]
    teacher: str | None = None
    answers_alone: float | None = None

    def of_kind(self, kind: str) -> Iterator[StageRecord]:
        """The stages of one kind, in the order of the plan."""
        return (one for one in self.steps if one.kind == kind)


class ImportedLog(Part):
    """Where a system's answers on a task come from, in a run that was imported: see `harness.run.imports`.

    harness: with its version where the log has it. model: as the log names it, or "". log: the file's fingerprint.
    """

    document: str
    system: str
    harness: str
    model: str
    file: str
    log: str


class Manifest(Part):
    """A run: the version that wrote it, its recipe, the labels of its systems, its documents, and on what it ran.

    hardware: `device` and `dtype` of the models that answered, with `auto` resolved; empty where they are served.
    imported: the logs of an imported run, whose recipe cannot be carried out; empty for others.
    """

    valign: str
    recipe: Recipe
    labels: dict[str, str]
    documents: tuple[DocumentRecord, ...]
    hardware: dict[str, str] = Field({})
    imported: tuple[ImportedLog, ...] = ()

    @property
    def models(self) -> dict[str, str]:
        """Role in the run -> model, of the models that a judge should not be of the family of."""
        if self.imported:
            return {f"system {one.system}": one.model for one in self.imported if one.model}
        return {"seed model": self.recipe.seed_model.model}

    def replacing(self, recipe: Recipe, stages: Mapping[str, Sequence[Stage]], about: Mapping[str, str]) -> Manifest:
        """The manifest with another recipe and, by document, `stages` in place of those that are about `about`."""
        documents = []
        for document in self.documents:
            others = [one for one in document.steps if not about.items() <= one.about.items()]
            steps = (*others, *map(StageRecord.of, stages[document.name]))
            documents.append(document.model_copy(update={"steps": steps}))
        return self.model_copy(update={"recipe": recipe, "documents": tuple(documents)})


def describe(plan: Plan) -> Manifest:
    """The manifest of a planned run."""
    recipe = plan.setup.recipe
    labels = {
        s.name: recipe.seed_model.label if s.method == SEED else training_label(recipe, s.method)
        for s in recipe.systems
    }
    return Manifest(
        valign=__version__,
        recipe=recipe,
        labels=labels,
        documents=tuple(_document(one) for one in plan.documents),
        hardware=_hardware(plan.setup),
    )


def _hardware(setup: Setup) -> dict[str, str]:
    """Device and number format that the models answered with; of a server's nothing is known."""
    backend = setup.recipe.backend
    if is_served(backend):
        return {}
    return {name: str(backend.arguments.get(name, getattr(setup, name))) for name in ("device", "dtype")}


def _document(plan: DocumentPlan) -> DocumentRecord:
    document = plan.folder.document()
    return DocumentRecord(
        name=plan.folder.name,
        title=document.title,
        sections=tuple(SectionRecord(id=one.id, title=one.title, text=one.text) for one in document.sections),
        held_out={
            name: of_file(file)
            for name in ("heldout", "heldout_preference")
            if (file := plan.folder.path / f"{name}.jsonl").is_file()
        },
        steps=tuple(StageRecord.of(stage) for stage in plan.stages),
        teacher=teacher_of(plan.folder.path),
        answers_alone=_answers_alone(plan.folder),
    )


def _answers_alone(folder: DataFolder) -> float | None:
    if not folder.has_held_out_preferences:
        return None
    pairs = folder.held_out_preferences()
    return cross_validated([(pair.chosen, pair.rejected) for pair in pairs], [pair.section for pair in pairs])


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `run.json`, and `recipe.yaml` for whoever wants to carry the recipe out again, each of them whole."""
    data = manifest.model_dump(mode="json")
    if not manifest.imported:
        write_atomic(folder / "recipe.yaml", yaml.safe_dump(data["recipe"], sort_keys=False))
    write_json(folder / _NAME, data)


def is_run(folder: Path) -> bool:
    """Whether `folder` is that of a run."""
    return (folder / _NAME).is_file()


def is_finished(folder: Path) -> bool:
    """Whether `folder` is that of a run all of whose figures can be read."""
    if not is_run(folder):
        return False
    try:
        check_finished(read_manifest(folder), Store(folder / "artefacts"))
    except InputError:  # of another version, or stopped
        return False
    return True


def read_manifest(folder: Path) -> Manifest:
    """Read `run.json`.

    Raises:
        InputError: no such file, broken JSON, or something that no valign of this version writes.
    """
    path = folder / _NAME
    if not path.is_file():
        raise InputError(f"{folder}: holds no {_NAME}; expected a run folder (valign import makes one of logs)")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: broken JSON ({error}); run the recipe again into this folder") from None
    return checked(Manifest, data, str(path))


def check_finished(manifest: Manifest, store: Store, kinds: Sequence[str] | None = None) -> None:
    """Check that the artefacts of these kinds are there; by default all that figures are read from.

    Raises:
        InputError: one is missing: the run is not finished.
    """
    if kinds is None:
        there = {one.kind for document in manifest.documents for one in document.steps}.intersection(STAGES.names())
        kinds = [kind for kind in sorted(there) if STAGES.find(kind).in_figures]
    read = [(document.name, one) for document in manifest.documents for one in document.steps if one.kind in kinds]
    missing = [(name, one) for name, one in read if not store.has(one)]
    if missing:
        name, one = missing[0]
        raise InputError(
            f"{store.folder}: {len(missing)} artefacts are missing, first {name}: {one.title}; run it again"
        )
