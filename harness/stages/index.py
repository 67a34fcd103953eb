"""The index stage: a document's passages, embedded for retrieval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.stages.base import DocumentPlanner, Label, Stage, Workspace, Write
from harness.stages.machine import Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from valign.embedding import Embedder
from valign.fingerprint import of_file, of_model, versions
from valign.models.locate import check_model

if TYPE_CHECKING:
    from baselines.retrieval.index import Index as OpenedIndex

_LIBRARIES = (
    "torch", "transformers", "faiss-cpu", "sentence-transformers", "semantic-text-splitter", "bm25s", "nltk",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Index(Stage):
    """The index of one document."""

    setup: Setup
    folder: DataFolder

    kind = "index"
    version = 2

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One where any system has retrieval."""
        retrieves = any(system.retrieval for system in planner.setup.recipe.systems)
        name = planner.folder.name
        label = Label(name, name, "index the document")
        return [cls(label, planner.setup, planner.folder)] if retrieves else []

    def inputs(self) -> dict[str, Any]:
        """The document, how it is cut, and the embedder with its prompts."""
        retrieval = self.setup.retrieval
        return {
            "document": of_file(self.folder.path / "document.md"),
            "tokens": retrieval.chunk_tokens,
            "embedder": of_model(self.setup.embedder or ""),
            "prompts": retrieval.prompts,
            "hardware": self.setup.hardware,
            "versions": versions(_LIBRARIES),
        }

    def check(self) -> None:
        """The document can be read, and embedder and reranker are there."""
        self.folder.document()
        for model in (self.setup.embedder, self.setup.reranker):
            if model:
                check_model(model)

    def seconds(self, machine: Machine) -> float:
        """A document takes about a second."""
        return 1.0

    @classmethod
    def make(cls, stages: Sequence[Index], work: Workspace) -> Iterator[tuple[Index, Write]]:
        """Merge into passages, embed and write."""
        from baselines.retrieval.index import write_index
        from baselines.retrieval.passages import passages_of

        for stage in stages:
            embedder, bound = embedder_of(stage.setup, work), stage.setup.retrieval.chunk_tokens
            passages = passages_of(stage.folder.document(), embedder.count_tokens, bound, embedder.longest)
            yield stage, partial(write_index, passages=passages, embedder=embedder)

    def opened(self, work: Workspace) -> OpenedIndex:
        """The index, with every held-out question of the document embedded."""
        from baselines.retrieval.index import Reranker, read_index

        def opened() -> OpenedIndex:
            setup, retrieval = self.setup, self.setup.retrieval
            reranker = Reranker(setup.reranker, retrieval.rerank, setup.device) if setup.reranker else None
            index = read_index(work.path(self), embedder_of(setup, work), retrieval.ranking, reranker)
            index.embed_questions([item.prompt for item in self.folder.held_out()])
            if self.folder.has_held_out_preferences:
                index.embed_questions([pair.prompt for pair in self.folder.held_out_preferences()])
            return index

        return work.shared("index", self.id, opened)


def embedder_of(setup: Setup, work: Workspace) -> Embedder:
    """The recipe's embedder, loaded once in a process."""
    model, prompts = setup.embedder or "", setup.retrieval.prompts
    return work.shared("embedder", (model, setup.device), lambda: Embedder(model, setup.device, prompts))


STAGE = Index
