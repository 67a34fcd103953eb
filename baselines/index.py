"""A document's chunks in a FAISS index, and the passages nearest to a question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.errors import InputError
from tasks.types import Chunk

#: Below this many distances FAISS leaves BLAS aside; builds that set 128,000 search 7 times slower.
_BLAS_FROM = 20


@dataclass(frozen=True)
class Passage:
    """A retrieved chunk and its cosine similarity to the question, in [-1, 1]."""

    chunk: Chunk
    similarity: float


class Index:
    """Exact inner-product search over unit vectors of a document's chunks."""

    def __init__(
        self, chunks: Sequence[Chunk], vectors: np.ndarray, embedder: Any, met: dict[str, np.ndarray] | None = None
    ) -> None:
        """Index `chunks` by `vectors`, float32 of shape (chunks, width) and unit length.

        `met`: the vectors of questions that were embedded; indices of one embedder may share it, and add to it.

        Raises:
            InputError: there is no chunk.
        """
        import faiss

        if not chunks:
            raise InputError("retrieval: the document has no text to index")
        faiss.cvar.distance_compute_blas_threshold = _BLAS_FROM
        self.chunks, self.embedder = tuple(chunks), embedder
        self._questions = {} if met is None else met
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(vectors)

    def expect(self, questions: Sequence[str]) -> None:
        """Embed `questions` together, ahead of their search: lm-eval asks for one prompt at a time."""
        new = [question for question in dict.fromkeys(questions) if question not in self._questions]
        if new:
            self._questions.update(zip(new, embed(self.embedder, new), strict=True))

    def search(self, questions: Sequence[str], top_k: int) -> list[list[Passage]]:
        """The `top_k` passages nearest to each question, nearest first; all of them where the document has fewer."""
        self.expect(questions)
        vectors = np.stack([self._questions[question] for question in questions])
        found, ids = self._faiss.search(vectors, min(top_k, len(self.chunks)))
        return [
            [Passage(self.chunks[i], round(float(s), 6)) for s, i in zip(row, numbers, strict=True)]
            for row, numbers in zip(found, ids, strict=True)
        ]


def embed(embedder: Any, texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of `texts`, float32 of shape (texts, width)."""
    vectors = embedder.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)


def write_index(folder: Path, chunks: Sequence[Chunk], embedder: Any) -> None:
    """Embed `chunks` and write them with their vectors to `folder`."""
    np.save(folder / "vectors.npy", embed(embedder, [chunk.text for chunk in chunks]))
    (folder / "chunks.json").write_text(json.dumps([asdict(chunk) for chunk in chunks], indent=1) + "\n")


def read_index(folder: Path, embedder: Any, met: dict[str, np.ndarray] | None = None) -> Index:
    """Read what `write_index` wrote; `met` as for `Index`."""
    chunks = [Chunk(**chunk) for chunk in json.loads((folder / "chunks.json").read_text())]
    return Index(chunks, np.load(folder / "vectors.npy"), embedder, met)
