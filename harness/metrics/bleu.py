"""BLEU by sacrebleu, kept as each item's sufficient statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harness.metrics.base import AllAtOnce, Values, check_lengths
from tasks.errors import InputError, unknown


@dataclass(frozen=True)
class Bleu(AllAtOnce):
    """Corpus BLEU, 0 to 100 (Papineni et al. 2002; Post 2018), order 4, one reference.

    Statistics, k = 10: hypothesis length, reference length, matched 1- to 4-grams, all 1- to 4-grams. An empty
    hypothesis is scored as sacrebleu scores it: nothing matches and its reference counts for the brevity penalty.
    The settings are sacrebleu's, under its names.
    """

    tokenize: str = "13a"
    lowercase: bool = False
    smooth_method: str = "exp"

    name: ClassVar[str] = "bleu"
    columns: ClassVar[tuple[str, ...]] = ("bleu",)

    def __post_init__(self) -> None:
        from sacrebleu.metrics.bleu import BLEU

        if self.smooth_method not in BLEU.SMOOTH_DEFAULTS:
            raise unknown("smooth_method of metric bleu", self.smooth_method, BLEU.SMOOTH_DEFAULTS)
        if self.tokenize not in BLEU.TOKENIZERS:
            raise unknown("tokenize of metric bleu", self.tokenize, BLEU.TOKENIZERS)

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The statistics of each system; the n-grams of the references are counted once."""
        from sacrebleu.metrics.bleu import BLEU

        check_lengths(hypotheses, references)
        try:
            metric: Any = BLEU(
                lowercase=self.lowercase,
                tokenize=self.tokenize,
                smooth_method=self.smooth_method,
                force=True,
                references=[list(references)],
            )
        except (ImportError, RuntimeError) as error:
            raise InputError(f"metric bleu: tokenize {self.tokenize!r} cannot be used here: {error}") from error
        aggregate = "bleu" if self.smooth_method == "exp" else f"bleu-{self.smooth_method}"
        return [
            {"bleu": Values(sufficient(metric, each, width=10), aggregate, f"BLEU|{signature(metric)}")}
            for each in hypotheses
        ]


def sufficient(metric: Any, hypotheses: Sequence[str], width: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A sacrebleu metric's statistics of each item, float64 (n_items, width), against the references it holds."""
    if not hypotheses:
        return np.empty((0, width))
    return np.asarray(metric._extract_corpus_statistics(list(hypotheses), None), dtype=np.float64)


def signature(metric: Any) -> str:
    """sacrebleu's own signature; one reference where there are no items to count them by."""
    if not hasattr(metric, "num_refs") or metric.num_refs < 1:
        metric.num_refs = 1
    return f"sacrebleu|{metric.get_signature()}"


METRIC = Bleu
