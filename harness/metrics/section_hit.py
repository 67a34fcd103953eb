"""Section hit: does an answer speak of its own section? It tells a parrot from an answerer at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alignment.weights import MINILM, locate
from harness.embedding import Embedder
from harness.fingerprint import of_model
from harness.metrics.base import BySection, Values, check_lengths, mean_values


@dataclass(frozen=True)
class SectionHit(BySection):
    """1 where the reference nearest to an answer (by embedding) is one of the answer's own section, else 0.

    The references are those of all items of the task, the item's own included. An answer drawn at random hits with
    the chance `chance` gives. An empty answer says nothing of any section and is a miss. `model` is a
    sentence-transformers model.
    """

    model: str = MINILM

    name: ClassVar[str] = "section_hit"
    columns: ClassVar[tuple[str, ...]] = ("section_hit",)

    def score_sections(
        self, hypotheses: Sequence[Sequence[str]], references: Sequence[str], sections: Sequence[str]
    ) -> list[dict[str, Values]]:
        """The hits of each system; each distinct text is embedded once."""
        check_lengths([*hypotheses, sections], references)
        located = locate(self.model)
        embedder = Embedder(located)
        texts = [text for each in (references, *hypotheses) for text in each]
        embedder.vectors(texts)
        known, named = embedder.vectors(references).T, np.array(sections)
        signature = f"section_hit|encoder:{of_model(located)}|references:{len(references)}"
        scored = []
        for each in hypotheses:
            nearest = (embedder.vectors(each) @ known).argmax(axis=1)
            hits = (named[nearest] == named) & np.array([bool(text.strip()) for text in each])
            scored.append({"section_hit": mean_values(hits.astype(float).tolist(), signature)})
        return scored


def chance(sections: Sequence[str]) -> float:
    """The share of hits of an answer whose nearest reference is any of them with equal chance, in [0, 1]."""
    counts = np.unique(np.array(sections), return_counts=True)[1]
    return float(((counts / counts.sum()) ** 2).sum())


METRIC = SectionHit
