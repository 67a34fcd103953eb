"""Section hit: whether an answer is about its own section; a system that repeats training answers often misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harness.metrics.base import ByItem
from harness.models.answers import Answer
from harness.statistics.values import Values, mean_values
from valign.embedding import Embedder
from valign.fingerprint import of_model
from valign.models.locate import MINILM, locate


@dataclass(frozen=True)
class SectionHit(ByItem):
    """1 where the reference nearest to an answer (by embedding) is one of the answer's own section, else 0.

    The references are those of all items of the task, the item's own included. A random answer hits with probability
    `chance`. An empty answer is a miss. `model` is a sentence-transformers model.
    """

    model: str = MINILM

    name: ClassVar[str] = "section_hit"
    columns: ClassVar[tuple[str, ...]] = ("section_hit",)

    def score_items(self, systems: Sequence[Sequence[Answer]]) -> list[dict[str, Values]]:
        """The hits of each system; each distinct text is embedded once."""
        hypotheses = [[answer.text for answer in answers] for answers in systems]
        references = [answer.reference for answer in systems[0]]
        located = locate(self.model)
        embedder = Embedder(located)
        texts = [text for each in (references, *hypotheses) for text in each]
        embedder.vectors(texts)
        by_reference, section_of = embedder.vectors(references).T, np.array([answer.section for answer in systems[0]])
        signature = f"section_hit|encoder:{of_model(located)}|references:{len(references)}"
        scored = []
        for each in hypotheses:
            nearest = (embedder.vectors(each) @ by_reference).argmax(axis=1)
            hits = (section_of[nearest] == section_of) & np.array([bool(text.strip()) for text in each])
            scored.append({"section_hit": mean_values(hits.astype(float).tolist(), signature)})
        return scored


def chance(sections: Sequence[str]) -> float:
    """The expected share of hits in [0, 1] of an answer whose nearest reference is uniformly random."""
    counts = np.unique(np.array(sections), return_counts=True)[1]
    return float(((counts / counts.sum()) ** 2).sum())


METRIC = SectionHit
