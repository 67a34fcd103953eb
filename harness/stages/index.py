"""The index stage: a document's chunks, embedded for retrieval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.stages.base import DocumentPlanner, Label, Stage, Workspace, Write
from harness.stages.machine import Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from tasks.data.types import Chunk
from tasks.documents.chunking import chunk_document
from valign.embedding import Embedder
from valign.fingerprint import of_file, versions
from valign.models.locate import check_model

if TYPE_CHECKING:
    from baselines.retrieval.index import Index as OpenedIndex

_LIBRARIES = ("torch", "transformers", "faiss-cpu", "sentence-transformers", "semantic-text-splitter")


@dataclass(frozen=True, eq=False)
class Index(Stage):
    """The index of one document."""

    setup: Setup
    folder: DataFolder

    kind = "index"

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One where any system has retrieval."""
        retrieves = any(system.retrieval for system in planner.setup.recipe.systems)
        name = planner.folder.name
        label = Label(name, name, "index the document")
        return [cls(label, planner.setup, planner.folder)] if retrieves else []

    def inputs(self) -> dict[str, Any]:
        """The document, how it is cut, and the embedder."""
        return {
            "document": of_file(self.folder.path / "document.md"),
            "chunks": self.setup.chunking,
            "hardware": self.setup.hardware,
            "versions": versions(_LIBRARIES),
        }

    def check(self) -> None:
        """The document can be read and the embedder is there."""
        self.folder.document()
        check_model(self.setup.embedder or "")

    def seconds(self, machine: Machine) -> float:
        """A document takes about a second."""
        return 1.0

    @classmethod
    def make(cls, stages: Sequence[Index], work: Workspace) -> Iterator[tuple[Index, Write]]:
        """Cut, embed and write."""
        from baselines.retrieval.index import write_index

        for stage in stages:
            chunks, embedder = chunks_of(stage.setup, stage.folder, work), embedder_of(stage.setup, work)
            yield stage, partial(write_index, chunks=chunks, embedder=embedder)

    def opened(self, work: Workspace) -> OpenedIndex:
        """The index, with every held-out question of the document embedded."""
        from baselines.retrieval.index import read_index

        def opened() -> OpenedIndex:
            index = read_index(work.path(self), embedder_of(self.setup, work))
            index.embed_questions([item.prompt for item in self.folder.held_out()])
            if self.folder.has_held_out_preferences:
                index.embed_questions([pair.prompt for pair in self.folder.held_out_preferences()])
            return index

        return work.shared("index", self.id, opened)


def embedder_of(setup: Setup, work: Workspace) -> Embedder:
    """The recipe's embedder, loaded once in a process."""
    model = setup.embedder or ""
    return work.shared("embedder", (model, setup.device), lambda: Embedder(model, setup.device))


def chunks_of(setup: Setup, folder: DataFolder, work: Workspace) -> list[Chunk]:
    """A document's chunks, bounded by the embedder's tokens; by words where the recipe has no embedder."""
    count = embedder_of(setup, work).count_tokens if setup.embedder else None
    return chunk_document(folder.document(), count, setup.chunk_tokens)


STAGE = Index
