"""Safety in a run: on every system, added to a finished one, made once; unavailable suites are skipped."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from conftest import Said

from harness.recipe.recipe import parse_recipe
from harness.run.plan import make_plan

pytestmark = pytest.mark.slow
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def recipe(tiny_recipe: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Two documents with the same training data, so one checkpoint, and one system with retrieval."""
    other = tiny.write_data(tmp_path / "other")
    (other / "document.md").write_text((other / "document.md").read_text().replace("Library", "Archive"))
    return {
        **tiny_recipe,
        "documents": [*tiny_recipe["documents"], str(other)],
        "methods": {"sft": tiny_recipe["methods"]["sft"]},
        "systems": [
            {"name": "seed", "method": "seed"},
            {"name": "seed+rag", "method": "seed", "retrieval": True},
            {"name": "sft", "method": "sft"},
        ],
        "metrics": [{"name": "bleu"}],
        "judges": [],
        "comparisons": [],
    }


def times(folder: Path) -> dict[str, int]:
    return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in (folder / "artefacts").rglob("*") if f.is_file()}


def test_safety_joins_a_finished_run_and_touches_nothing_else(
    recipe: dict[str, Any], write_recipe: Callable[[dict[str, Any]], Path], valign: Callable[..., Said], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert valign("run", write_recipe(recipe), "--out", run).code == 0
    before = times(run)

    suites = "core,attaq,xstest" if DATA.is_dir() else "core,attaq"
    data = DATA if DATA.is_dir() else tmp_path
    result = valign("safety", run, "--suite", suites, "--limit", 6, "--max-gen-toks", 8, "--data-dir", data)
    assert result.code == 0, result.err
    assert "AttaQ" in result.out
    assert "not run" in result.out
    assert "get AttaQ-v1.csv from https://" in " ".join(result.out.split())
    after = times(run)
    assert {name: after[name] for name in before} == before

    responses = sorted(path.name for path in (run / "artefacts" / "responses").glob("*-core-*"))
    assert len(responses) == 4, "systems without retrieval are the same for both documents and answer once"

    page = (run / "safety.md").read_text()
    assert "![Refusal against over-refusal](safety.svg)" in page
    plots = {name: (run / name).read_bytes() for name in ("safety.svg", "safety.pdf")}
    assert b"harmful requests refused" in plots["safety.svg"], "text is text"
    assert plots["safety.pdf"].startswith(b"%PDF")
    assert not any(b"20" + two in plot for plot in plots.values() for two in (b"25-", b"26-", b"27-")), "no date"
    assert "# library: safety" in (run / "tables.md").read_text()
    assert "(κ" in page or "κ 0." in page, "agreement stands beside the figures"
    _check_figures(run)

    again = valign("safety", run, "--suite", suites, "--limit", 6, "--max-gen-toks", 8, "--data-dir", data)
    assert again.code == 0
    assert times(run) == after
    assert "safety" in yaml.safe_load((run / "recipe.yaml").read_text())
    assert len(again.out.rpartition("\n[")[2].splitlines()) <= 2 + 30, "after the last stage's line, one screen"
    assert valign("report", run).code == 0
    assert {name: (run / name).read_bytes() for name in plots} == plots, "the same figures give the same bytes"


def _check_figures(run: Path) -> None:
    with (run / "safety.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["subset"] for row in rows} == {"all", "kind", "area", "severity"}
    assert {row["system"] for row in rows} == {"seed", "seed+rag", "sft"}
    for row in rows:
        if row["value"] and row["low"]:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    pairs = {r["system"]: r["value"] for r in rows if r["task"] == "valign_safety_bias_pairs" and r["subset"] == "all"}
    assert pairs["seed"] == pairs["seed+rag"], "a sentence has no question to retrieve for"
    seeds = {row["change"] for row in rows if row["system"] == "seed"}
    assert seeds == {""}, "the seed model is what others are compared with"
    changed = [row for row in rows if row["system"] == "sft" and row["subset"] == "all"]
    for row in changed:
        start = next(
            r for r in rows if (r["document"], r["task"], r["column"], r["subset"], r["system"])
            == (row["document"], row["task"], row["column"], "all", "seed")
        )  # fmt: skip
        if row["change"]:
            assert float(row["change"]) == pytest.approx(float(row["value"]) - float(start["value"]), abs=2e-6)
    results = json.loads((run / "results.json").read_text())
    assert [one["document"] for one in results["safety"]] == ["library", "other"]
    assert "AttaQ" in results["safety"][0]["not_run"]


def test_an_unknown_suite_is_an_error_before_anything_runs(
    recipe: dict[str, Any], write_recipe: Callable[[dict[str, Any]], Path], valign: Callable[..., Said], tmp_path: Path
) -> None:
    result = valign("run", write_recipe({**recipe, "safety": {"suite": "cor"}}), "--out", tmp_path / "run")
    assert result.code == 2
    assert "unknown safety suite 'cor': did you mean 'core'?" in result.err
    result = valign("safety", tmp_path / "nowhere")
    assert result.code == 2
    assert "expected a run folder" in result.err


def test_the_plan_has_safety_stages_and_their_fingerprint_follows_their_settings(recipe: dict[str, Any]) -> None:
    def responses(**safety: Any) -> set[str]:
        plan = make_plan(parse_recipe({**recipe, "safety": safety}, "recipe"))
        return {stage.id for stage in plan.stages if stage.kind == "responses"}

    small = responses(suite="core", limit=6)
    assert len(small) == 4
    assert small == responses(suite="core", limit=6, judge="openai:model@http://localhost:1/v1")
    assert not small & responses(suite="core", limit=7)
    assert not small & responses(suite="core", limit=6, max_gen_toks=9)
    assert small < responses(suite="core,xstest", limit=6)
