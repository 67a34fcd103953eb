"""How well the right passage is found: its rank for each held-out prompt, and floors to set the ranks beside.

A passage is right for an item if it holds the chunk (paragraph) that the item names, whole or in part. Items of the
kinds `ANSWERABLE` have one; `unanswerable` items name the paragraph that comes nearest to an answer and does not give
it, and `refusal` items ask for help with what the document forbids, so that neither has a passage that answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

from baselines.retrieval.index import Found, Index, Ranking
from baselines.retrieval.passages import Passage
from baselines.retrieval.words import BagOfWords
from tasks.data.types import HeldOut, Instruction

ANSWERABLE = ("fact", "yes_no", "scenario", "explanation")
RANDOM, BAG_OF_WORDS, TITLES = "random passage", "bag of words", "section titles alone"
#: What is printed below the retrieval itself, for comparison.
FLOORS = (RANDOM, BAG_OF_WORDS, TITLES)

Rank = Callable[[Sequence[str]], list[list[Found]]]


@dataclass(frozen=True)
class GoldRank:
    """Where a retriever ranked the right passage of one item.

    passages: how many there are. right: how many of them hold the item's chunk; 0 where none does. rank: from 1, of the
    best of them; None where it was not found at all. retriever: `fused`, `dense`, `bm25`, `reranked`, or a floor.
    """

    item: str
    kind: str
    section: str
    retriever: str
    passages: int
    right: int
    rank: int | None

    @property
    def why_unscored(self) -> str | None:
        """Why the item has no score; None where it has one."""
        if self.kind not in ANSWERABLE:
            return f"{self.kind}: no passage answers it"
        return None if self.right else "no passage holds the item's chunk"

    def found_within(self, k: int) -> float:
        """1 where the right passage is among the first `k`, else 0; of a random order the probability."""
        if self.retriever == RANDOM:
            return 1 - comb(self.passages - self.right, k) / comb(self.passages, k) if k < self.passages else 1.0
        return float(self.rank is not None and self.rank <= k)

    @property
    def reciprocal(self) -> float:
        """1 / rank, 0 where it was not found; of a random order the expectation."""
        if self.retriever == RANDOM:
            n, right = self.passages, self.right
            return sum(comb(n - r, right - 1) / r for r in range(1, n - right + 2)) / comb(n, right)
        return 1 / self.rank if self.rank else 0.0


def gold_ranks(items: Sequence[HeldOut | Instruction], index: Index) -> list[GoldRank]:
    """The rank of each item's right passage by the index's own ranking, what it is fused of, and the floors.

    Retriever by retriever, the index's own first.
    """
    questions = [item.prompt for item in items]
    index.embed_questions(questions)
    ranks = []
    for name, rank in _retrievers(index).items():
        for item, found in zip(items, rank(questions) if rank else [[]] * len(items), strict=True):
            right = {one.id for one in index.passages if item.chunk in one.chunks}
            at = next((at for at, one in enumerate(found, 1) if one.passage.id in right), None)
            ranks.append(GoldRank(item.id, item.kind, item.section, name, len(index.passages), len(right), at))
    return ranks


def _retrievers(index: Index) -> dict[str, Rank | None]:
    own = "reranked" if index.reranker else index.ranking
    parts: tuple[Ranking, ...] = ("fused", "dense", "bm25") if own in ("fused", "reranked") else ()
    bag = BagOfWords([passage.text for passage in index.passages])
    return {
        own: index.ranked,
        **{part: index.by(part).ranked for part in parts if part != own},
        BAG_OF_WORDS: lambda questions: [_order(index.passages, bag.scores(one).tolist()) for one in questions],
        TITLES: lambda questions: _by_title(index, questions),
        RANDOM: None,
    }


def _by_title(index: Index, questions: Sequence[str]) -> list[list[Found]]:
    titles = index.embedder.vectors([passage.title for passage in index.passages], "document")
    near = index.embedder.vectors(questions, "query") @ titles.T
    return [_order(index.passages, row.tolist()) for row in near]


def _order(passages: Sequence[Passage], scores: Sequence[float]) -> list[Found]:
    return sorted((Found(*one) for one in zip(passages, scores, strict=True)), key=lambda one: -one.score)
