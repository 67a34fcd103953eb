"""Model cards, evaluation results and uploads for the hub, without the hub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from finished import WEIGHTS, held_out, spoilt, write_trained
from hub_server import Hub, serving

from harness.api import load_run
from harness.report.hub.card import hub_id

ITEMS = held_out(60)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2)}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """See `write_trained`."""
    return write_trained(tmp_path / "run", ANSWERS, ITEMS)


def test_a_card_is_what_the_hub_reads(valign: Callable[..., Any], run: Path) -> None:
    """Its metadata by huggingface_hub's own reader; every figure is the report's, with its interval and signature."""
    from huggingface_hub import ModelCard

    assert valign("report", run, "--format", "model-card").code == 0
    card = ModelCard.load(run / "model_cards" / "udhr-sft" / "README.md")
    (results,) = load_run(run).report.documents
    by_column = {one.metric_type: one for one in card.data.eval_results}
    bleu, figure = by_column["bleu"], results.figures["sft"]["bleu"]
    assert bleu.metric_value == pytest.approx(figure.value, abs=1e-6)
    assert bleu.metric_args["interval"] == pytest.approx([figure.low, figure.high], abs=1e-6)
    assert bleu.metric_args["signature"] == figure.signature
    assert card.data.tags == ["valign", "sft"]
    assert "| BLEU" in card.text
    assert "| sft " in card.text
    assert "| seed" in card.text, "the figure to beat stands beside it"


def test_a_judge_that_failed_its_audit_stays_out_of_the_metadata(run: Path) -> None:
    from harness.report.hub.card import model_card
    from harness.report.hub.checkpoints import trained_models

    loaded = load_run(run)
    (model,) = trained_models(loaded.manifest, loaded.report.documents, run)
    assert "win_rate[longest]" in [one.metric_type for one in model_card(loaded.manifest, model).data.eval_results]
    report = model.results.judges["longest"]
    unparsed = replace(report.audit, unparsed=replace(report.audit.unparsed, value=0.9))
    results = replace(model.results, judges={"longest": replace(report, audit=unparsed)})
    card = model_card(loaded.manifest, replace(model, results=results))
    assert "win_rate[longest]" not in [one.metric_type for one in card.data.eval_results]
    assert "Judge longest is useless: 90% of its verdicts are unparsed" in card.text
    assert "win rate (longest)" in card.text


def test_a_dry_run_lists_the_files_and_the_card_and_asks_nobody(valign: Callable[..., Any], run: Path) -> None:
    result = valign("push", run, "--system", "sft", "--repo", "me/aligned", "--dataset", "me/udhr", "--dry-run")
    assert result.code == 0, result.err
    names = [line.split()[1] for line in result.out.splitlines()[:4]]
    assert names == [".eval_results/udhr.yaml", "README.md", "config.json", "model.safetensors"]
    assert f"{len(WEIGHTS):>13}  model.safetensors" in result.out
    assert "# aligned" in result.out
    assert result.out.endswith("Dry run: nothing was uploaded.\n")


def pushed(run: Path, hub: Hub, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0", "HF_TOKEN": "hf_of_a_test"}
    command = [sys.executable, "-m", "harness.cli.app", "push", str(run), "--system", "sft", "--repo", "me/aligned"]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False, env=environment)


def test_files_go_to_the_hub_in_one_commit(run: Path) -> None:
    """The real client against a server on this machine."""
    from huggingface_hub import parse_eval_result_entries

    with serving(Hub()) as hub:
        done = pushed(run, hub, "--dataset", "me/udhr", "--private")
    assert done.returncode == 0, done.stderr
    assert f"Uploaded: {hub.address}/me/aligned/commit/" in done.stdout
    assert hub.repos == [{"organization": "me", "name": "aligned", "visibility": "private"}]
    assert hub.tokens == {"Bearer hf_of_a_test"}
    assert set(hub.files) == {".eval_results/udhr.yaml", "README.md", "config.json", "model.safetensors"}
    assert hub.files["model.safetensors"] == WEIGHTS
    entries = parse_eval_result_entries(yaml.safe_load(hub.files[".eval_results/udhr.yaml"]))
    (results,) = load_run(run).report.documents
    assert {one.task_id: one.value for one in entries}["rougeL"] == pytest.approx(
        results.figures["sft"]["rougeL"].value, abs=1e-6
    )
    assert {one.dataset_id for one in entries} == {"me/udhr"}


def test_a_hub_that_refuses_is_one_line(run: Path) -> None:
    with serving(Hub(refuses=True)) as hub:
        done = pushed(run, hub)
    assert done.returncode == 2
    assert done.stderr.startswith("valign: me/aligned: not uploaded: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--system", "seed", "--repo", "me/x"), "system 'seed' has no checkpoint in this run"),
        (("--system", "stf", "--repo", "me/x"), "unknown system of this run 'stf': did you mean 'sft'?"),
        (("--system", "sft", "--repo", "x"), "--repo 'x': expected user/name"),
        (("--system", "sft", "--repo", "me/x y"), "--repo 'me/x y': "),
        (("--system", "sft", "--repo", "me/x", "--document", "bcg"), "unknown document of this run 'bcg'"),
        (("--system", "sft", "--repo", "me/x"), "HF_HUB_OFFLINE is set"),
    ],
)
def test_a_mistake_is_one_line(valign: Callable[..., Any], run: Path, options: tuple[str, ...], message: str) -> None:
    result = valign("push", run, *options)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert message in result.err


def test_only_hub_ids_are_base_models() -> None:
    assert hub_id("smollm2-135m-instruct") == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert hub_id("org/model") == "org/model"
    assert [hub_id(one) for one in ("/models/x", "./x", "package:a/b", "a/b.gguf", "x")] == [None] * 5
