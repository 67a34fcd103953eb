"""What a run folder says of itself: `run.json`. Its figures are read from this and the artefacts, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from harness import __version__
from harness.config import Part, checked
from harness.fingerprint import of_file
from harness.judging.families import teacher_of
from harness.methods import find_method
from harness.recipe import SEED, MetricChoice, Recipe
from harness.store import Store, write_whole
from tasks.errors import InputError

if TYPE_CHECKING:
    from harness.plan import DocumentPlan, Step

_NAME = "run.json"
#: What figures are read from; a checkpoint or an index may be gone.
_READ = ("answers", "likelihoods", "scores", "verdicts")


class Made(Part):
    """One artefact: its kind, name and fingerprint, what a person calls it, and what of the run it is about.

    `about` holds `system` and, by kind, `metric`; or `judge`, `first` and `second`; or `method`.
    """

    kind: str
    name: str
    id: str
    title: str
    about: dict[str, str]


class Heading(Part):
    """A section of a document."""

    id: str
    title: str


class DocumentRecord(Part):
    """A document of a run: its sections in order, the fingerprints of its held-out files, its artefacts in order.

    teacher: who wrote its data, where a synthesis left its report.
    """

    name: str
    title: str
    sections: tuple[Heading, ...]
    held_out: dict[str, str]
    steps: tuple[Made, ...]
    teacher: str | None = None

    def of_kind(self, kind: str) -> Iterator[Made]:
        """The artefacts of one kind, in the order in which they were made."""
        return (made for made in self.steps if made.kind == kind)


class Manifest(Part):
    """A run: what wrote it, its whole recipe, how tables call its systems, and its documents."""

    valign: str
    recipe: Recipe
    labels: dict[str, str]
    documents: tuple[DocumentRecord, ...]


def describe(recipe: Recipe, plans: Sequence[DocumentPlan]) -> Manifest:
    """The manifest of a planned run."""
    labels = {
        s.name: recipe.seed_model.label if s.method == SEED else find_method(s.method).label for s in recipe.systems
    }
    return Manifest(
        valign=__version__, recipe=recipe, labels=labels, documents=tuple(_document(plan) for plan in plans)
    )


def _document(plan: DocumentPlan) -> DocumentRecord:
    document = plan.document.document()
    return DocumentRecord(
        name=plan.document.name,
        title=document.title,
        sections=tuple(Heading(id=section.id, title=section.title) for section in document.sections),
        held_out={
            name: of_file(file)
            for name in ("heldout", "heldout_preference")
            if (file := plan.document.path / f"{name}.jsonl").is_file()
        },
        steps=tuple(_steps(plan)),
        teacher=teacher_of(plan.document.path),
    )


def _steps(plan: DocumentPlan) -> Iterator[Made]:
    for method, step in plan.checkpoints.items():
        yield _made(step, {"method": method})
    if plan.index:
        yield _made(plan.index, {})
    for steps in (plan.answers, plan.likelihoods):
        for system, step in steps.items():
            yield _made(step, {"system": system})
    for (system, metric), step in plan.scores.items():
        yield _made(step, {"system": system, "metric": metric})
    for (judge, first, second), step in plan.verdicts.items():
        yield _made(step, {"judge": judge, "first": first, "second": second})
    for safety in (plan.responses, plan.labels):
        for (system, part), step in safety.items():
            yield _made(step, {"system": system, "part": part})


def _made(step: Step, about: Mapping[str, str]) -> Made:
    artefact = step.artefact
    return Made(kind=artefact.kind, name=artefact.name, id=artefact.id, title=step.title, about=dict(about))


def with_scores(manifest: Manifest, choice: MetricChoice, made: Mapping[str, Sequence[Made]]) -> Manifest:
    """The manifest after a metric was scored: `made` holds its artefacts by document, in place of any of its name."""
    metrics = [choice if one.name == choice.name else one for one in manifest.recipe.metrics]
    recipe = manifest.recipe.model_copy(update={"metrics": metrics if choice in metrics else [*metrics, choice]})
    documents = []
    for document in manifest.documents:
        others = (one for one in document.steps if one.about.get("metric") != choice.name)
        documents.append(document.model_copy(update={"steps": (*others, *made[document.name])}))
    return manifest.model_copy(update={"recipe": recipe, "documents": tuple(documents)})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `run.json`, and `recipe.yaml` for whoever wants to carry the recipe out again, each of them whole."""
    data = manifest.model_dump(mode="json")
    write_whole(folder / "recipe.yaml", yaml.safe_dump(data["recipe"], sort_keys=False))
    write_whole(folder / _NAME, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def is_run(folder: Path) -> bool:
    """Whether a run lies in `folder`."""
    return (folder / _NAME).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read `run.json`.

    Raises:
        InputError: no such file, broken JSON, or something that no valign of this version writes.
    """
    path = folder / _NAME
    if not path.is_file():
        raise InputError(f"{folder}: holds no {_NAME}; the folder of a run is wanted")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: broken JSON ({error}); run the recipe again into this folder") from None
    return checked(Manifest, data, str(path))


def check_finished(manifest: Manifest, store: Store, kinds: Sequence[str] = _READ) -> None:
    """Check that the artefacts of these kinds are there; by default all that figures are read from.

    Raises:
        InputError: one is missing: the run is not finished.
    """
    read = [(document.name, made) for document in manifest.documents for made in document.steps if made.kind in kinds]
    missing = [(name, made) for name, made in read if not store.has(made)]
    if missing:
        name, made = missing[0]
        first = f"{name}: {made.title}"
        raise InputError(f"{store.folder}: {len(missing)} artefacts are missing, first {first}; run it again")
