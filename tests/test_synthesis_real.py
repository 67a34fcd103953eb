"""Real documents from file to table, by the words that the README tells a newcomer."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
#: The two shortest, in two formats. benchmarks/real_documents.py does the same with six, and trains them to the end.
DOCUMENTS = ["doc_contributor_covenant/code_of_conduct.md", "doc_w3c_ethical_web_principles/index.html"]
CUT_DOWN = (
    "methods.sft.settings.max_steps=3", "methods.c-fine-tuned.settings.max_steps=2", "limit=9",
    "generation.max_gen_toks=12", "statistics.resamples=200",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the real documents in ../shared are not here")
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_real_document_is_synthesised_trained_on_and_evaluated(
    valign: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").symlink_to(ROOT / "recipes")
    made = valign("synthesise", DATA / document, "--teacher", "extractive", "--out", "data/handbook")
    assert made.code == 0, made.err
    report = json.loads((tmp_path / "data/handbook/synthesis/report.json").read_text(encoding="utf-8"))
    assert report["complete"]
    assert all(sum(counts.values()) >= 8 for counts in report["items"].values())

    cut_down = [part for change in CUT_DOWN for part in ("--set", change)]
    run = valign("run", "recipes/laptop.yaml", "--set", "document=data/handbook", *cut_down)
    assert run.code == 0, run.err
    with (tmp_path / "runs/laptop/tables.csv").open(encoding="utf-8", newline="") as file:
        figures = {(r["system"], r["column"]): r for r in csv.DictReader(file) if r["subset"] == "all"}
    for system in ("seed", "c-fine-tuned+rag", "sft", "sft+rag"):
        for column in ("bleu", "rougeL"):
            row = figures[system, column]
            assert row["n"] == "9"
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert figures["sft", "rougeL"]["value"] != figures["seed", "rougeL"]["value"]
