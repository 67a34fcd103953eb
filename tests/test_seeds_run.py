"""A recipe with training seeds carried out on real, tiny parts: one row a system, its seeds below, nothing twice."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from harness.api import load_run, run
from harness.gate.rules import Gate, Rule
from harness.gate.sides import open_side
from harness.gate.verdict import judge_gate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tiny.recipe_of(tiny_model, tiny.write_data(tmp_path_factory.mktemp("data") / "library"))
    for name in ("sft", "dpo"):
        data["methods"][name]["seeds"] = [0, 1, 2]
    data["metrics"] = [{"name": "bleu"}, {"name": "rouge"}]
    data["safety"] = {"suite": "core", "limit": 2, "max_gen_toks": 8}
    data["comparisons"] = [["sft", "seed"], ["dpo", "sft"]]
    folder = tmp_path_factory.mktemp("runs") / "seeds"
    run(data, folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_is_the_mean_of_its_seeds_whose_figures_stand_below(finished: Path) -> None:
    figures = [row for row in rows(finished / "tables.csv") if row["subset"] == "all" and row["value"]]
    for system in ("sft", "dpo"):
        for column in ("bleu", "rougeL", "preference_accuracy", "win_rate[reference-similarity]"):
            by_seed = {r["seed"]: r for r in figures if (r["system"], r["column"]) == (system, column)}
            assert set(by_seed) == {"mean", "0", "1", "2"}
            seeds = [float(by_seed[seed]["value"]) for seed in "012"]
            assert float(by_seed["mean"]["value"]) == pytest.approx(np.mean(seeds), abs=1e-6)
            assert (by_seed["mean"]["runs"], by_seed["1"]["runs"]) == ("3", "1")
    assert {row["seed"] for row in figures if row["system"] == "seed"} == {""}
    page = (finished / "tables.md").read_text()
    assert "training seeds one by one" in page
    assert "dpo: standard deviation" in page
    assert "sft, dpo: the mean of 3 training seeds" in page
    assert "One training seed: c-fine-tuned+rag." in page


def test_win_rates_still_average_one_half_and_every_seed_s_checkpoint_has_its_parent(finished: Path) -> None:
    report = load_run(finished).report.documents[0]
    wins = [columns["win_rate[reference-similarity]"].value for columns in report.figures.values()]
    assert np.mean(wins) == pytest.approx(0.5)
    assert sum(one.value for one in report.judges["reference-similarity"].strengths.values()) == pytest.approx(0)
    folders = {path.name.rpartition("-")[0]: path for path in (finished / "artefacts" / "checkpoint").iterdir()}
    made = {name: json.loads((path / "stage.json").read_text())["inputs"] for name, path in folders.items()}
    ids = {name: path.name.rpartition("-")[2] for name, path in folders.items()}
    for seed in range(3):
        assert made[f"library-dpo@{seed}"]["starts_from"] == ids[f"library-sft@{seed}"]
        assert made[f"library-dpo@{seed}"]["seed"] == made[f"library-sft@{seed}"]["seed"] == seed


def test_safety_figures_are_means_over_seeds_with_clusters_that_the_recipe_can_turn_off(
    finished: Path, valign: Callable[..., Any]
) -> None:
    def signatures() -> dict[str, str]:
        tasks = json.loads((finished / "results.json").read_text())["safety"][0]["tasks"]
        return {name: next(iter(figures["sft"].values()))["signature"] for name, figures in tasks.items()}

    assert "clusters:" in signatures()["valign_safety_value_conflict"], "items about one section"
    assert "unit:item" in signatures()["valign_safety_ethics"]
    manifest = finished / "run.json"
    data = json.loads(manifest.read_text())
    data["recipe"]["statistics"]["clusters"] = "none"
    manifest.write_text(json.dumps(data))
    assert valign("report", finished).code == 0
    assert all("unit:item" in signature for signature in signatures().values())
    changes = [row for row in rows(finished / "safety.csv") if row["p_holm"]]
    assert {row["column"] for row in changes} == {"refused"}, "the others are exploratory"


def test_a_run_of_several_seeds_passes_a_gate_against_itself(finished: Path) -> None:
    rule = Rule(metric=("rougeL", "win_rate[reference-similarity]"), not_worse_by=0.5)
    side = open_side(finished, lambda column: True)
    result = judge_gate(Gate(rules=(rule,), resamples=1000, clusters="none"), side, side)
    assert all("too few" in check.reason for check in result.checks), "four items settle nothing"
    assert {check.test.difference.runs for check in result.checks if check.test and check.systems[0] == "sft"} == {3}


def test_another_judge_or_metric_and_the_dry_run_know_the_seeds(finished: Path, valign: Callable[..., Any]) -> None:
    assert valign("score", finished, "--metric", "chrf").code == 0
    assert {row["seed"] for row in rows(finished / "tables.csv") if row["column"] == "chrf"} >= {"mean", "0", "1", "2"}
    done = valign("run", finished / "recipe.yaml", "--out", finished, "--dry-run")
    assert done.code == 0, done.err
    assert "0 to do" in done.out
    assert "Variance of" in " ".join(done.out.split())
