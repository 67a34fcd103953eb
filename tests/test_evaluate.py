"""`valign evaluate` runs any model that lm-eval loads on any registered task."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.data.folder import find

Valign = Callable[..., Any]


@pytest.mark.slow
def test_a_local_model_is_evaluated_and_lm_eval_s_files_are_written(
    valign: Valign, tiny_model: Path, tmp_path: Path
) -> None:
    result = valign(
        "evaluate", "--model", "hf", "--model-args", f"pretrained={tiny_model}",
        "--tasks", "valign_udhr,valign_udhr_preference", "--limit", 2, "--out", tmp_path / "out",
    )  # fmt: skip
    assert result.code == 0, result.err
    for shown in ("valign_udhr", "BLEU", "ROUGE-L", "valign_udhr_preference", "acc"):
        assert shown in result.out
    (results,) = (tmp_path / "out").rglob("results_*.json")
    assert set(json.loads(results.read_text())["results"]) == {"valign_udhr", "valign_udhr_preference"}
    (samples,) = (tmp_path / "out").rglob("samples_valign_udhr_2*.jsonl")
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    assert [row["doc"]["id"] for row in rows] == [item.id for item in find("udhr").held_out()[:2]]
    assert "<|user|>" in rows[0]["arguments"]["gen_args_0"]["arg_0"], "the chat template is used where there is one"

    rules = [
        {"task": f"valign_udhr{kind}", "metric": m, "not_worse_by": 1}
        for kind, m in (("", "bleu"), ("_preference", "acc"))
    ]
    (tmp_path / "gate.yaml").write_text(json.dumps({"rules": rules}))
    out = tmp_path / "gate.json"
    result = valign("compare", tmp_path / "out", samples, "--gate", tmp_path / "gate.yaml", "--json", out)
    checks = json.loads(out.read_text())["checks"]
    assert result.code == 2
    assert checks[0]["reason"].startswith("too few: ")
    assert checks[1]["reason"].startswith("the candidate has no acc of system ")
    assert checks[0]["main"] == checks[0]["candidate"] >= 0


def test_include_path_adds_tasks(valign: Valign, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "yes.yaml").write_text(
        "task: say_yes\ndataset_path: json\ndataset_kwargs: {data_files: {test: " + str(tmp_path / "yes.jsonl") + "}}\n"
        "test_split: test\noutput_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: [' yes', ' no']\n"
        "doc_to_target: 0\nmetric_list: [{metric: acc}]\n"
    )
    (tmp_path / "yes.jsonl").write_text('{"q": "Yes?"}\n{"q": "Sure?"}\n')
    result = valign(
        "evaluate", "--model-args", f"pretrained={tiny_model}", "--tasks", "say_yes", "--include-path", tmp_path
    )
    assert result.code == 0, result.err
    assert "say_yes" in result.out


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--tasks": "valign_udrh"}, "unknown task 'valign_udrh': did you mean 'valign_udhr'?"),
        ({"--tasks": ","}, "--tasks: no task is named"),
        ({"--model": "hff"}, "unknown backend 'hff': did you mean 'hf'?"),
        ({"--model-args": "pretrained=/no/such/folder"}, "model '/no/such/folder': no such folder"),
        ({"--model-args": "pretrained=nobody/nothing"}, "backend hf with 'pretrained=nobody/nothing': "),
        ({"--model-args": "pretrained"}, "model '': "),
        ({"--model-args": ""}, "backend hf with '': "),
        ({"--include-path": "/no/such/tasks"}, "--include-path /no/such/tasks: no such folder"),
    ],
)
def test_a_mistake_is_reported_in_one_line(
    valign: Valign, tiny_model: Path, tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    options = {"--tasks": "valign_udhr", "--model-args": f"pretrained={tiny_model}", "--limit": "1"} | changed
    result = valign("evaluate", *(part for pair in options.items() for part in pair), "--out", tmp_path / "out")
    assert result.code == 2
    assert result.err.startswith(f"valign: {message}")
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
