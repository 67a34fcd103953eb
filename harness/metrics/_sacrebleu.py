"""The one private name of sacrebleu that valign uses; `tests/test_private_names.py` fails when it moves.

sacrebleu computes a sentence's sufficient statistics inside its metrics, and chrF's score objects do not expose them.
Without them a bootstrap would have to count n-grams again for each resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sufficient_statistics(metric: Any, hypotheses: Sequence[str], width: int) -> NDArray[np.float64]:
    """A sacrebleu metric's statistics of each item, float64 (n_items, width), against the metric's references."""
    if not hypotheses:
        return np.empty((0, width))
    return np.asarray(metric._extract_corpus_statistics(list(hypotheses), None), dtype=np.float64)
