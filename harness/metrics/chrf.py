"""chrF and chrF++ by sacrebleu, as sufficient statistics per item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.metrics._sacrebleu import sufficient_statistics
from harness.metrics.base import Metric, check_lengths
from harness.metrics.bleu import signature
from harness.statistics.values import Values
from valign.errors import InputError


@dataclass(frozen=True)
class Chrf(Metric):
    """Corpus chrF2, 0 to 100 (Popović 2015), one reference; `word_order=2` makes it chrF++ (Popović 2017).

    Statistics, k = 3 (char_order + word_order): for each order the n-grams of the hypothesis, of the reference, and
    the matched ones. In an empty hypothesis nothing matches. The settings are sacrebleu's; beta is 2.
    """

    char_order: int = 6
    word_order: int = 0
    lowercase: bool = False
    whitespace: bool = False

    name: ClassVar[str] = "chrf"
    columns: ClassVar[tuple[str, ...]] = ("chrf",)

    def __post_init__(self) -> None:
        if self.char_order < 1:
            raise InputError(f"metric chrf: char_order must be 1 or more, not {self.char_order}")
        if self.word_order < 0:
            raise InputError(f"metric chrf: word_order must be 0 or more, not {self.word_order}")

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The statistics of each system; the n-grams of the references are counted once."""
        from sacrebleu.metrics.chrf import CHRF

        check_lengths(hypotheses, references)
        metric: Any = CHRF(
            char_order=self.char_order,
            word_order=self.word_order,
            lowercase=self.lowercase,
            whitespace=self.whitespace,
            references=[list(references)],
        )
        width = 3 * (self.char_order + self.word_order)
        return [
            {"chrf": Values(sufficient_statistics(metric, each, width), "chrf", f"chrF2|{signature(metric)}")}
            for each in hypotheses
        ]


METRIC = Chrf
