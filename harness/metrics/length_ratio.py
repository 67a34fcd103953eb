"""Length of the hypotheses relative to the references, in sacrebleu's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harness.metrics.base import Better, Metric, check_lengths
from harness.statistics.values import Values
from valign.errors import unknown


@dataclass(frozen=True)
class LengthRatio(Metric):
    """Tokens of all hypotheses over tokens of all references, 0 or more; 1 means equal length.

    Statistics, k = 2: tokens of the hypothesis, tokens of the reference. With the same `tokenize` it equals the `ratio`
    that sacrebleu prints with BLEU. An empty hypothesis has length 0.
    """

    tokenize: str = "13a"

    name: ClassVar[str] = "length_ratio"
    columns: ClassVar[tuple[str, ...]] = ("length_ratio",)
    better: ClassVar[Better] = "neither"

    def __post_init__(self) -> None:
        from sacrebleu.metrics.bleu import BLEU

        if self.tokenize not in BLEU.TOKENIZERS:
            raise unknown("tokenize of metric length_ratio", self.tokenize, BLEU.TOKENIZERS)

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The lengths of each system; the references are tokenised once."""
        import sacrebleu
        from sacrebleu.metrics.bleu import BLEU

        check_lengths(hypotheses, references)
        tokenizer: Any = BLEU(tokenize=self.tokenize).tokenizer
        signature = f"length ratio|sacrebleu|tok:{self.tokenize}|version:{sacrebleu.__version__}"

        def lengths(texts: Sequence[str]) -> list[int]:
            return [len(tokenizer(text.rstrip()).split()) for text in texts]

        reference_lengths = lengths(references)
        return [
            {"length_ratio": Values(np.column_stack([lengths(each), reference_lengths]), "length_ratio", signature)}
            for each in hypotheses
        ]


METRIC = LengthRatio
