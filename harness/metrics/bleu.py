"""BLEU by sacrebleu, as sufficient statistics per item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.metrics._sacrebleu import sufficient_statistics
from harness.metrics.base import Metric, check_lengths
from harness.statistics.values import Values
from valign.errors import InputError, unknown


@dataclass(frozen=True)
class Bleu(Metric):
    """Corpus BLEU, 0 to 100 (Papineni et al. 2002; Post 2018), order 4, one reference.

    Statistics, k = 10: hypothesis length, reference length, matched 1- to 4-grams, all 1- to 4-grams. An empty
    hypothesis is scored as by sacrebleu: nothing matches, and its reference counts for the brevity penalty. The
    settings are sacrebleu's.
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
            {"bleu": Values(sufficient_statistics(metric, each, width=10), aggregate, f"BLEU|{signature(metric)}")}
            for each in hypotheses
        ]


def signature(metric: Any) -> str:
    """sacrebleu's signature, with one reference where there are no items."""
    if not hasattr(metric, "num_refs") or metric.num_refs < 1:
        metric.num_refs = 1
    return f"sacrebleu|{metric.get_signature()}"


METRIC = Bleu
