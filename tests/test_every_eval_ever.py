"""Every Eval Ever's records of a run; its own validator, which wants another huggingface-hub: docs/other-tools.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished import held_out, spoilt, write_run

from harness.api import import_logs, load_run

EVAL = Path(__file__).parent / "data" / "inspect"
ITEMS = held_out(40)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2)}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = write_run(tmp_path / "run", ANSWERS, ITEMS)
    for file in (folder / "artefacts" / "scores").glob("udhr-sft-rouge*/rougeL.npy"):
        values = np.load(file)
        values[:2] = np.nan
        np.save(file, values)
    return folder


def logs(run: Path) -> dict[str, tuple[Path, dict[str, Any], list[dict[str, Any]]]]:
    """System -> its log's path, the log, and its instances."""
    found = {}
    for path in (run / "every_eval_ever").rglob("*.json"):
        log = json.loads(path.read_text())
        lines = path.with_name(f"{path.stem}_samples.jsonl").read_text().splitlines()
        found[log["model_info"]["additional_details"]["system"]] = (path, log, [json.loads(line) for line in lines])
    return found


def test_figures_are_the_report_s_and_instances_those_of_the_items(valign: Callable[..., Any], run: Path) -> None:
    assert valign("report", run, "--format", "every-eval-ever").code == 0
    (results,) = load_run(run).report.documents
    assert set(logs(run)) == {"seed", "sft"}
    _, log, rows = logs(run)["sft"]
    by_id = {one["evaluation_result_id"]: one for one in log["evaluation_results"]}
    assert set(by_id) == {f"udhr/{column}" for column in results.figures["sft"]}
    for column, figure in results.figures["sft"].items():
        found = by_id[f"udhr/{column}"]
        assert found["score_details"]["score"] == figure.value
        interval = found["score_details"]["uncertainty"]["confidence_interval"]
        assert (interval["lower"], interval["upper"]) == (figure.low, figure.high)
        assert found["metric_config"]["additional_details"]["signature"] == figure.signature
    rouge = [row for row in rows if row["evaluation_result_id"] == "udhr/rougeL"]
    assert len(rouge) == 38, "an item without a value has no instance"
    assert by_id["udhr/rougeL"]["score_details"]["details"]["unscored_items"] == "2"
    scores = [row["evaluation"]["score"] for row in rouge]
    assert np.mean(scores) == pytest.approx(results.figures["sft"]["rougeL"].value)
    assert rouge[0]["output"]["raw"] == [ANSWERS["sft"][2]]
    assert rouge[0]["input"] == {"raw": ITEMS[2].prompt, "reference": [ITEMS[2].reference]}


def test_log_and_instances_point_at_each_other(valign: Callable[..., Any], run: Path) -> None:
    valign("report", run, "--format", "every-eval-ever")
    for path, log, rows in logs(run).values():
        detailed = log["detailed_evaluation_results"]
        samples = run / "every_eval_ever" / detailed["file_path"]
        assert samples == path.with_name(f"{path.stem}_samples.jsonl")
        assert detailed["checksum"] == hashlib.sha256(samples.read_bytes()).hexdigest()
        assert detailed["total_rows"] == len(rows)
        assert {row["evaluation_id"] for row in rows} == {log["evaluation_id"]}
        assert {row["model_id"] for row in rows} == {log["model_info"]["id"]}
        results = {one["evaluation_result_id"] for one in log["evaluation_results"]}
        assert {row["evaluation_result_id"] for row in rows} <= results
        assert log["schema_version"] == "0.3.0"


def test_written_twice_it_is_the_same(valign: Callable[..., Any], run: Path) -> None:
    def written() -> dict[str, bytes]:
        valign("report", run, "--format", "every-eval-ever")
        return {str(one): one.read_bytes() for one in (run / "every_eval_ever").rglob("*") if one.is_file()}

    assert written() == written()


def test_two_systems_of_one_model_are_two_logs(tmp_path: Path) -> None:
    run = import_logs([f"base={EVAL / 'base.eval'}", f"tuned={EVAL / 'tuned.eval'}"], tmp_path / "run")
    run.write_report(["every-eval-ever"])
    found = logs(run.folder)
    assert set(found) == {"base", "tuned"}
    assert {log["model_info"]["id"] for _, log, _ in found.values()} == {"mockllm/model"}
    kinds = {one["metric_config"]["min_score"] for one in found["base"][1]["evaluation_results"]}
    assert kinds == {"-Infinity"}, "the range of another harness's metric is not known"
