"""The checkpoints of a run with the systems that answer with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.recipe.recipe import System
from harness.run.figures import DocumentResults
from harness.run.manifest import DocumentRecord, Manifest
from harness.run.store import Store
from valign.errors import InputError, unknown


@dataclass(frozen=True)
class TrainedModel:
    """One checkpoint. folder: its files. systems: those that answer with it, without retrieval first."""

    method: str
    record: DocumentRecord
    results: DocumentResults
    folder: Path
    systems: tuple[System, ...]

    @property
    def name(self) -> str:
        """As the card and its folder are called."""
        return f"{self.record.name}-{self.method}"


def trained_models(manifest: Manifest, documents: tuple[DocumentResults, ...], folder: Path) -> Iterator[TrainedModel]:
    """The checkpoints that a system of the run answers with, document by document. folder: the run's."""
    store = Store(folder / "artefacts")
    by_name = {one.document: one for one in documents}
    for record in manifest.documents:
        for stage in record.of_kind("checkpoint"):
            method = stage.about["method"]
            systems = sorted((s for s in manifest.recipe.systems if s.method == method), key=lambda s: s.retrieval)
            if systems and store.has(stage):
                yield TrainedModel(method, record, by_name[record.name], store.path(stage), tuple(systems))


def of_system(models: list[TrainedModel], manifest: Manifest, system: str, document: str | None) -> TrainedModel:
    """The checkpoint of a system on a document, which need not be named where there is one.

    Raises:
        InputError: no such system or document, or the system has no checkpoint.
    """
    names = [one.name for one in manifest.recipe.systems]
    if system not in names:
        raise unknown("system of this run", system, names)
    documents = [one.name for one in manifest.documents]
    if document is None and len(documents) > 1:
        raise InputError(f"the run has several documents ({', '.join(documents)}); name one with --document")
    if document is not None and document not in documents:
        raise unknown("document of this run", document, documents)
    for model in models:
        if model.record.name == (document or documents[0]) and system in [one.name for one in model.systems]:
            return model
    raise InputError(f"system {system!r} has no checkpoint in this run: nothing was trained for it, or it was removed")
