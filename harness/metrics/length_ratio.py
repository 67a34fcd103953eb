"""How long the hypotheses are against their references, in sacrebleu's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harness.metrics.base import AllAtOnce, Values, check_lengths
from tasks.errors import unknown


@dataclass(frozen=True)
class LengthRatio(AllAtOnce):
    """Tokens of all hypotheses over tokens of all references, 0 or more; 1 is "as long as the references".

    Statistics, k = 2: tokens of the hypothesis, tokens of the reference. With the same `tokenize` it is the `ratio`
    that sacrebleu prints beside BLEU. An empty hypothesis has length 0.
    """

    tokenize: str = "13a"

    name: ClassVar[str] = "length_ratio"
    columns: ClassVar[tuple[str, ...]] = ("length_ratio",)

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

        wanted = lengths(references)
        return [
            {"length_ratio": Values(np.array([lengths(each), wanted], dtype=np.float64).T, "length_ratio", signature)}
            for each in hypotheses
        ]


METRIC = LengthRatio
