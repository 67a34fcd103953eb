"""The retrieval stage: where the right passage of each held-out prompt is ranked, whatever model reads it then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace, Write
from harness.stages.index import Index
from harness.stages.machine import Machine
from harness.stages.system import chosen_items
from valign.fingerprint import of_file
from valign.jsonl import read_rows, write_rows

if TYPE_CHECKING:
    from baselines.retrieval.measure import GoldRank

_RANKS = "ranks.jsonl"


@dataclass(frozen=True, eq=False)
class Retrieval(Stage):
    """Ranks of the right passages of a document's held-out prompts, by the recipe's retrieval and by floors."""

    index: Index

    kind = "retrieval"
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One where any system has retrieval."""
        name = planner.folder.name
        label = Label(name, f"{name}-retrieval", "rank the right passages")
        return [cls(label, index) for index in planner.stages("index")]

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The index."""
        return (self.index,)

    def inputs(self) -> dict[str, Any]:
        """The index, the order of its passages, and the prompts."""
        setup, folder = self.index.setup, self.index.folder
        return {
            "index": self.index.id,
            **setup.ranking,
            "prompts": of_file(folder.path / "heldout.jsonl"),
            "limit": setup.recipe.limit,
        }

    def seconds(self, machine: Machine) -> float:
        """A few milliseconds a prompt; a reranker's time is not known."""
        return 0.01 * len(self.index.folder.held_out())

    @classmethod
    def make(cls, stages: Sequence[Retrieval], work: Workspace) -> Iterator[tuple[Retrieval, Write]]:
        """Rank the passages for every prompt."""
        from baselines.retrieval.measure import gold_ranks

        for stage in stages:
            setup, folder = stage.index.setup, stage.index.folder
            ranks = gold_ranks(chosen_items(setup, folder.held_out()), stage.index.opened(work))
            yield stage, partial(_write, ranks=ranks)

    @classmethod
    def read(cls, folder: Path) -> list[GoldRank]:
        """The ranks, retriever by retriever, the recipe's own first; items in the order of the held-out file."""
        from baselines.retrieval.measure import GoldRank

        return [GoldRank(**row) for _, row in read_rows(folder / _RANKS)]


def _write(folder: Path, ranks: Sequence[GoldRank]) -> None:
    write_rows(folder / _RANKS, map(asdict, ranks))


STAGE = Retrieval
