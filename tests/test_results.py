"""A run folder describes itself: its figures need its manifest and artefacts, and no package, model or data file."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finished import held_out, spoilt, write_run

from harness.report.latex import latex
from harness.report.table import Table
from harness.run.manifest import read_manifest
from harness.run.reading import read_run

Valign = Callable[..., Any]
ITEMS = held_out(60)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "written", ANSWERS)


@pytest.fixture
def finished(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "finished"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_is_reported_though_its_model_is_gone_and_no_fingerprint_of_today_fits(
    valign: Valign, finished: Path
) -> None:
    """The manifest names a seed model that is nowhere, and artefacts whose names no plan would give them."""
    result = valign("report", finished)
    assert (result.code, result.err) == (0, "")
    assert "udhr" in result.out
    assert "Human Rights" in (finished / "tables.md").read_text()
    report = {"tables.md", "tables.tex", "tables.csv", "comparisons.csv", "sections.csv", "results.json", "report.html"}
    assert {file.name for file in finished.iterdir()} == {*report, "artefacts", "recipe.yaml", "run.json"}
    shutil.rmtree(finished / "artefacts" / "verdicts")
    result = valign("report", finished)
    assert result.code == 2
    assert "1 artefacts are missing, first udhr: udhr-seed-vs-sft; run it again" in result.err


def test_a_broken_manifest_is_named_in_one_line(valign: Valign, finished: Path) -> None:
    manifest = json.loads((finished / "run.json").read_text())
    (finished / "run.json").write_text("{")
    assert "run.json: broken JSON" in valign("report", finished).err
    (finished / "run.json").write_text(json.dumps({**manifest, "labels": 3}))
    result = valign("report", finished)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "run.json: labels: " in result.err


def test_figures_are_one_tidy_table(valign: Valign, finished: Path) -> None:
    assert valign("report", finished).code == 0
    figures = rows(finished / "tables.csv")
    assert {(row["system"], row["subset"]) for row in figures} == {
        (name, subset) for name in ANSWERS for subset in ("all", "seen", "unseen")
    }
    printed = json.loads((finished / "results.json").read_text())["documents"][0]["figures"]
    for row in figures:
        assert row["signature"]
        if row["subset"] == "all":
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
            assert float(row["value"]) == pytest.approx(printed[row["system"]][row["column"]]["value"], abs=1e-6)
    assert {row["column"] for row in figures if row["subset"] == "all"} == {
        "bleu", "rouge1", "rouge2", "rougeL", "rougeLsum", "win_rate[longest]", "preference_accuracy",
    }  # fmt: skip


def test_comparisons_are_one_tidy_table(valign: Valign, finished: Path) -> None:
    manifest = json.loads((finished / "run.json").read_text())
    manifest["recipe"]["comparisons"] = [["sft", "seed"]]
    (finished / "run.json").write_text(json.dumps(manifest))
    assert valign("report", finished).code == 0
    compared = rows(finished / "comparisons.csv")
    assert len(compared) == 7
    bleu = next(row for row in compared if row["column"] == "bleu")
    assert (bleu["better"], bleu["worse"]) == ("sft", "seed")
    assert float(bleu["low"]) > 0
    assert float(bleu["p_holm"]) >= float(bleu["p_bootstrap"])


def test_sections_are_in_the_document_s_order(finished: Path) -> None:
    manifest, (reading,) = read_run(finished)
    turned = [*reversed(manifest.documents[0].sections)]
    data = json.loads((finished / "run.json").read_text())
    data["documents"][0]["sections"] = [section.model_dump() for section in turned]
    (finished / "run.json").write_text(json.dumps(data))
    from harness.run.figures import document_results

    by_section = document_results(read_run(finished)[1][0]).by_section
    assert [row[1] for row in by_section if row[0] == "sft"] == [section.id for section in turned]
    assert reading.record.title == "Human Rights"


def test_another_metric_is_scored_from_stored_answers_and_stays(valign: Valign, finished: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in (finished / "artefacts").rglob("*") if file.is_file()}
    result = valign("score", finished, "--metric", "chrf", "--set", "word_order=2")
    assert (result.code, result.err) == (0, "")
    assert "chrF" in result.out
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert [one.name for one in read_manifest(finished).recipe.metrics] == ["bleu", "rouge", "chrf"]
    chrf = [row for row in rows(finished / "tables.csv") if row["column"] == "chrf" and row["subset"] == "all"]
    assert {"nw:2" in row["signature"] for row in chrf} == {True}
    plusplus = chrf[0]["value"]
    count = len(list((finished / "artefacts" / "scores").iterdir()))
    assert valign("score", finished, "--metric", "chrf", "--set", "word_order=2").code == 0
    assert len(list((finished / "artefacts" / "scores").iterdir())) == count, "existing artefacts are reused"
    assert valign("score", finished, "--metric", "chrf").code == 0
    again = [row for row in rows(finished / "tables.csv") if row["column"] == "chrf" and row["subset"] == "all"]
    assert len(again) == len(chrf)
    assert again[0]["value"] != plusplus
    assert len(read_manifest(finished).recipe.metrics) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "blue"], "unknown metric 'blue': did you mean 'bleu'?"),
        (["--metric", "chrf", "--set", "word_ordr=2"], "did you mean 'word_order'?"),
        (["--metric", "chrf", "--set", "word_order"], "--set word_order: expected key=value"),
    ],
)
def test_a_metric_that_cannot_be_scored_changes_nothing(
    valign: Valign, finished: Path, arguments: list[str], message: str
) -> None:
    before = (finished / "run.json").read_bytes()
    result = valign("score", finished, *arguments)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert message in result.err
    assert (finished / "run.json").read_bytes() == before


def test_latex_gets_no_bare_special_character() -> None:
    odd = r"50% of $x_1 & {y} ~ ^ \ # <a|b> ± − ≤ …"
    text = latex([Table("t", odd, ("a", "b"), ((odd, "1"),), (odd,))], [])
    commands = re.compile(r"\\(?:text\w+|ensuremath|dots)\{[<>]?\}|\\\^\{\}|\$(?:\\\w+|-)\$|\\[%$_&{}#]")
    shown = [line for line in text.splitlines() if "50" in line]
    assert len(shown) == 2
    for line in shown:
        bare = commands.sub("", line.removeprefix(r"\caption{").removesuffix("}").removesuffix(r"\\"))
        assert bare.count("&") == (0 if "caption" in line else 1), "only the one that parts the cells"
        assert not set("%$_{}#^~\\<>|±−≤…") & set(bare), line
