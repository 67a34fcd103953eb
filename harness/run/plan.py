"""The plan of a recipe: the graph of its stages, document by document, before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.recipe import Recipe
from harness.run.primary import check_primary
from harness.run.store import Store
from harness.stages.base import DocumentPlanner, Stage
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder, find
from valign.errors import InputError


@dataclass(frozen=True)
class DocumentPlan:
    """The stages of one document, what a stage needs before the stage."""

    folder: DataFolder
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Plan:
    """A recipe's stages. The dry run, the check, the execution and the manifest walk this graph."""

    setup: Setup
    documents: tuple[DocumentPlan, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage, document by document."""
        return tuple(stage for document in self.documents for stage in document.stages)

    def missing(self, store: Store) -> list[Stage]:
        """The stages whose artefacts are not there."""
        return [stage for stage in self.stages if not store.has(stage)]


def make_plan(recipe: Recipe) -> Plan:
    """Plan a recipe: files are read for their fingerprints, nothing else.

    Raises:
        InputError: something that the recipe names is not there.
    """
    setup = Setup.of(recipe)
    check_primary(recipe)
    folders = [find(name) for name in recipe.documents]
    names = [folder.name for folder in folders]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"documents: two folders are called {repeated[0]!r}; rename one, results are kept by name")
    return Plan(setup, tuple(DocumentPlan(one, DocumentPlanner(setup, one).all_stages()) for one in folders))


def check_stages(stages: Sequence[Stage]) -> None:
    """Check stages that are to be made; libraries that making them would import are imported here.

    Raises:
        InputError: the first thing that is wrong.
    """
    for stage in stages:
        stage.check()
