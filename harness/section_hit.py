"""Section hit: does an answer speak of its own section? It tells a parrot from an answerer at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignment.weights import MINILM, locate
from harness.embedding import Embedder
from harness.fingerprint import of_model
from harness.metrics.base import Values, mean_values


class SectionHit:
    """1 where the reference nearest to an answer (by embedding) is one of the answer's own section, else 0.

    The references are those of all items of the task, the item's own included. An answer drawn at random hits with
    the chance `chance` gives. An empty answer says nothing of any section and is a miss.
    """

    name = "section_hit"
    columns = ("section_hit",)

    def __init__(self, model: str = MINILM) -> None:
        """Name the sentence-transformers model."""
        self._located = locate(model)
        self._embedder = Embedder(self._located)

    def score(self, answers: Sequence[str], references: Sequence[str], sections: Sequence[str]) -> dict[str, Values]:
        """Per-item hits of one system; the three sequences run parallel."""
        near = self._embedder.vectors(answers) @ self._embedder.vectors(references).T
        named = np.array(sections)
        hits = (named[near.argmax(axis=1)] == named) & np.array([bool(answer.strip()) for answer in answers])
        signature = f"section_hit|encoder:{of_model(self._located)}|references:{len(references)}"
        return {"section_hit": mean_values(hits.astype(float), signature)}


def chance(sections: Sequence[str]) -> float:
    """The share of hits of an answer whose nearest reference is any of them with equal chance, in [0, 1]."""
    counts = np.unique(np.array(sections), return_counts=True)[1]
    return float(((counts / counts.sum()) ** 2).sum())
