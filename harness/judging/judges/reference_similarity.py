"""A judge without a language model: the answer whose embedding is nearer the reference wins.

It cannot tell whether an answer is true, and no text in an answer can persuade it; it replaces an LLM judge where none
is available.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.judging.judge import Judgement, Pairing
from valign.embedding import Embedder
from valign.models.locate import MINILM, locate


class ReferenceSimilarity:
    """Prefers the answer with the higher cosine similarity to the reference; a tie within `margin`."""

    name = "reference-similarity"
    pointwise = True

    def __init__(self, model: str = MINILM, margin: float = 0.02) -> None:
        """`model` is a sentence-transformers model; `margin` is the difference in cosine up to which answers tie."""
        self._embedder, self.margin = Embedder(locate(model)), margin

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """Judge all pairings; the judge embeds each distinct text once."""
        columns = [[getattr(p, part) for p in pairings] for part in ("reference", "first", "second")]
        reference, first, second = (self._embedder.vectors(column) for column in columns)
        cosines = [np.einsum("ij,ij->i", reference, answer) for answer in (first, second)]
        return [self._judgement(float(a), float(b)) for a, b in zip(*cosines, strict=True)]

    def _judgement(self, first: float, second: float) -> Judgement:
        preferred: Any = "tie"
        if abs(first - second) > self.margin:
            preferred = "first" if first > second else "second"
        return Judgement(preferred, f"cosine to reference {first:.3f} and {second:.3f}")


JUDGE = ReferenceSimilarity
