"""A FAISS index of a document's chunks, and search for the passages most similar to a question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tasks.data.types import Chunk
from valign.embedding import Embedder
from valign.errors import InputError

#: FAISS uses BLAS from this many distances on; builds that set 128,000 search 7 times slower.
_BLAS_THRESHOLD = 20


@dataclass(frozen=True)
class Passage:
    """A retrieved chunk and its cosine similarity to the question, in [-1, 1]."""

    chunk: Chunk
    similarity: float


class Index:
    """Exact search by cosine similarity over the chunks of a document."""

    def __init__(self, chunks: Sequence[Chunk], vectors: np.ndarray, embedder: Embedder) -> None:
        """Index `chunks` by `vectors`, float32 of shape (chunks, width) and unit length.

        Raises:
            InputError: there is no chunk.
        """
        import faiss

        if not chunks:
            raise InputError("retrieval: the document has no text to index")
        faiss.cvar.distance_compute_blas_threshold = _BLAS_THRESHOLD
        self.chunks, self.embedder = tuple(chunks), embedder
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(vectors)

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Embed questions in batches before they are searched one by one."""
        if questions:
            self.embedder.vectors(questions)

    def search(self, questions: Sequence[str], top_k: int) -> list[list[Passage]]:
        """The `top_k` passages (or all, if there are fewer) most similar to each question, most similar first."""
        found, ids = self._faiss.search(self.embedder.vectors(questions), min(top_k, len(self.chunks)))
        return [
            [Passage(self.chunks[i], round(float(s), 6)) for s, i in zip(row, numbers, strict=True)]
            for row, numbers in zip(found, ids, strict=True)
        ]


def write_index(folder: Path, chunks: Sequence[Chunk], embedder: Embedder) -> None:
    """Embed `chunks`, and write them and their vectors to `folder`."""
    np.save(folder / "vectors.npy", embedder.vectors([chunk.text for chunk in chunks]))
    (folder / "chunks.json").write_text(json.dumps([asdict(chunk) for chunk in chunks], indent=1) + "\n")


def read_index(folder: Path, embedder: Embedder) -> Index:
    """Read an index that `write_index` wrote."""
    chunks = [Chunk(**chunk) for chunk in json.loads((folder / "chunks.json").read_text())]
    return Index(chunks, np.load(folder / "vectors.npy"), embedder)
