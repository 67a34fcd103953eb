"""An index of a document's passages, and search by embedding (FAISS), by words (BM25), or by both fused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from baselines.retrieval.passages import Passage
from baselines.retrieval.words import BM25
from valign.embedding import Embedder
from valign.errors import InputError

Ranking = Literal["fused", "dense", "bm25"]
#: FAISS uses BLAS from this many distances on; builds that set 128,000 search 7 times slower.
_BLAS_THRESHOLD = 20
#: The constant of reciprocal rank fusion, as in its paper.
_FUSION = 60
#: Pieces that a search by embedding looks at; a document rarely has as many.
_PIECES = 2000


@dataclass(frozen=True)
class Found:
    """A retrieved passage and its score, higher for a better one.

    The score is a cosine similarity (`dense`), a BM25 score (`bm25`), a sum of reciprocal ranks (`fused`), or what a
    reranker says of it. Scores of different questions or rankings cannot be compared.
    """

    passage: Passage
    score: float


class Index:
    """The passages of a document, ranked for a question.

    dense: a passage's similarity is the highest cosine of its pieces (MaxP; Dai and Callan 2019), each embedded below
    its section's title. bm25: over title and text. fused: reciprocal rank fusion, the sum over both rankings of
    1 / (60 + rank) (Cormack, Clarke and Büttcher, SIGIR 2009). Equal scores keep the order of the document.
    """

    def __init__(
        self, passages: Sequence[Passage], vectors: np.ndarray, embedder: Embedder, ranking: Ranking = "fused",
        reranker: Reranker | None = None,
    ) -> None:  # fmt: skip
        """Index `passages` by `vectors` of all their pieces, float32 of shape (pieces, width) and unit length.

        Raises:
            InputError: there is no passage.
        """
        import faiss

        if not passages:
            raise InputError("retrieval: the document has no text to index")
        faiss.cvar.distance_compute_blas_threshold = _BLAS_THRESHOLD
        self.passages, self.embedder, self.ranking, self.reranker = tuple(passages), embedder, ranking, reranker
        self.vectors = vectors
        self._passage_of = np.repeat(np.arange(len(passages)), [len(one.pieces) for one in passages])
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(vectors)

    def by(self, ranking: Ranking) -> Index:
        """The same passages by another ranking, without a reranker."""
        return Index(self.passages, self.vectors, self.embedder, ranking)

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Embed questions in batches before they are searched one by one."""
        if questions and self.ranking != "bm25":
            self.embedder.vectors(questions, "query")

    def search(self, questions: Sequence[str], top_k: int) -> list[list[Found]]:
        """The `top_k` passages (or all, if there are fewer) for each question, best first."""
        return [found[:top_k] for found in self.ranked(questions, top_k)]

    def ranked(self, questions: Sequence[str], fewest: int = 0) -> list[list[Found]]:
        """Every passage that answers to each question, best first; a reranker sorts at least `fewest` of them."""
        rank = {"dense": self._dense, "bm25": self._bm25, "fused": self._fused}[self.ranking]
        ranked = [[Found(self.passages[at], round(score, 6)) for at, score in rank(question)] for question in questions]
        if self.reranker is None:
            return ranked
        return [self.reranker.sorted(*one, fewest) for one in zip(questions, ranked, strict=True)]

    def _dense(self, question: str) -> list[tuple[int, float]]:
        number = min(_PIECES, len(self._passage_of))
        (found,), (pieces,) = self._faiss.search(self.embedder.vectors([question], "query"), number)
        best: dict[int, float] = {}
        for score, piece in zip(found, pieces, strict=True):
            best.setdefault(int(self._passage_of[piece]), float(score))
        return _sorted(best)

    def _bm25(self, question: str) -> list[tuple[int, float]]:
        scores = self._words.scores(question)
        return _sorted({at: float(scores[at]) for at in np.flatnonzero(scores > 0).tolist()})

    def _fused(self, question: str) -> list[tuple[int, float]]:
        scores: dict[int, float] = {}
        for ranking in (self._dense(question), self._bm25(question)):
            for rank, (at, _) in enumerate(ranking, 1):
                scores[at] = scores.get(at, 0.0) + 1 / (_FUSION + rank)
        return _sorted(scores)

    @cached_property
    def _words(self) -> BM25:
        return BM25([passage.text for passage in self.passages])


def _sorted(scores: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


class Reranker:
    """A sentence-transformers cross-encoder that reads question and passage together and sorts the best passages."""

    def __init__(self, model: str, candidates: int, device: str = "cpu") -> None:
        """Name the model (a folder or a hub id) and how many passages it sorts; nothing is loaded yet."""
        self.model, self.candidates, self.device = model, candidates, device
        self._scores: dict[tuple[str, str], float] = {}

    @cached_property
    def loaded(self) -> Any:
        """The cross-encoder.

        Raises:
            InputError: neither a folder with such a model nor a model of the hub.
        """
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(self.model, device=self.device)
        except (OSError, ValueError) as error:
            raise InputError(f"reranker {self.model}: cannot be loaded: {str(error).splitlines()[0]}") from error

    def sorted(self, question: str, found: Sequence[Found], fewest: int = 0) -> list[Found]:
        """The first `candidates` passages by the cross-encoder's score, then the others as they were."""
        seen, others = found[: max(self.candidates, fewest)], found[max(self.candidates, fewest) :]
        missing = [one.passage.text for one in seen if (question, one.passage.text) not in self._scores]
        if missing:
            scores = self.loaded.predict([(question, text) for text in missing], show_progress_bar=False)
            self._scores |= {(question, text): float(s) for text, s in zip(missing, np.ravel(scores), strict=True)}
        scored = [Found(one.passage, round(self._scores[question, one.passage.text], 6)) for one in seen]
        return [*sorted(scored, key=lambda one: -one.score), *others]


def write_index(folder: Path, passages: Sequence[Passage], embedder: Embedder) -> None:
    """Embed the pieces of `passages`, and write both to `folder`."""
    pieces = [piece for passage in passages for piece in passage.titled_pieces]
    np.save(folder / "vectors.npy", embedder.vectors(pieces, "document"))
    (folder / "passages.json").write_text(json.dumps([asdict(one) for one in passages], indent=1) + "\n")


def read_index(folder: Path, embedder: Embedder, ranking: Ranking = "fused", reranker: Reranker | None = None) -> Index:
    """Read an index that `write_index` wrote."""
    stored = json.loads((folder / "passages.json").read_text())
    passages = [Passage(**{**one, "chunks": tuple(one["chunks"]), "pieces": tuple(one["pieces"])}) for one in stored]
    return Index(passages, np.load(folder / "vectors.npy"), embedder, ranking, reranker)
