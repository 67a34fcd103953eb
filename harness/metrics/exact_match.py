"""Exact match of hypothesis and reference."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.metrics.base import Metric, check_lengths
from harness.statistics.values import Values, mean_values

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class ExactMatch(Metric):
    """The share of items whose hypothesis equals the reference, 0 to 1.

    `strip` first removes white space at both ends; `ignore_case` and `ignore_punctuation` (ASCII) are lm-eval's
    options. An empty hypothesis matches only an empty reference.
    """

    strip: bool = True
    ignore_case: bool = False
    ignore_punctuation: bool = False

    name: ClassVar[str] = "exact_match"
    columns: ClassVar[tuple[str, ...]] = ("exact_match",)

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """1.0 for each match, 0.0 otherwise."""
        check_lengths([hypotheses], references)
        settings = (("strip", self.strip), ("case", not self.ignore_case), ("punct", not self.ignore_punctuation))
        signature = "exact match|valign|" + "|".join(f"{key}:{'yes' if on else 'no'}" for key, on in settings)
        matches = [
            float(self._normalised(hypothesis) == self._normalised(reference))
            for hypothesis, reference in zip(hypotheses, references, strict=True)
        ]
        return {"exact_match": mean_values(matches, signature)}

    def _normalised(self, text: str) -> str:
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = text.translate(_NO_PUNCTUATION)
        return text.strip() if self.strip else text


METRIC = ExactMatch
