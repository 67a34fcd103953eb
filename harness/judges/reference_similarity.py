"""A judge without a language model: the answer whose embedding is nearer the reference wins.

It knows nothing of truth or tone and cannot be argued with; it stands in for an LLM judge where there is none, under
its own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alignment.weights import MINILM, locate
from harness.embedding import Embedder
from harness.judges.base import Judgement, Pairing


class ReferenceSimilarity:
    """Prefers the answer with the higher cosine similarity to the reference; a tie within `margin`."""

    name = "reference-similarity"
    pointwise = True

    def __init__(self, model: str = MINILM, margin: float = 0.02) -> None:
        """Name the sentence-transformers model, and the difference in cosine below which answers tie."""
        self._embedder, self.margin = Embedder(locate(model)), margin

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """Judge all pairings; each distinct text is embedded once in the life of this judge."""
        columns = [[getattr(p, part) for p in pairings] for part in ("reference", "first", "second")]
        reference, first, second = (self._embedder.vectors(column) for column in columns)
        near = [np.einsum("ij,ij->i", reference, answer) for answer in (first, second)]
        return [self._judgement(float(a), float(b)) for a, b in zip(*near, strict=True)]

    def _judgement(self, first: float, second: float) -> Judgement:
        preferred: Any = "tie"
        if abs(first - second) > self.margin:
            preferred = "first" if first > second else "second"
        return Judgement(preferred, f"cosine to reference {first:.3f} and {second:.3f}")


JUDGE = ReferenceSimilarity
