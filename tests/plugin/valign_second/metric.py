"""A metric: the share of answers that end with a full stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import valign


@dataclass(frozen=True)
class FullStop(valign.Metric):
    """1 where an answer ends with `mark`, else 0."""

    mark: str = "."

    name: ClassVar[str] = "full_stop"
    columns: ClassVar[tuple[str, ...]] = ("full_stop",)

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, valign.Values]:
        """The values of one system."""
        ends = [float(text.rstrip().endswith(self.mark)) for text in hypotheses]
        return {"full_stop": valign.mean_values(ends, f"full_stop|mark:{self.mark}")}


METRIC = FullStop
