"""Logs of other harnesses as a run folder: scored, judged, reported and compared like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finished import held_out, spoilt, write_run

from harness.api import import_logs, load_run
from harness.metrics.base import find
from harness.run.manifest import read_manifest
from harness.statistics import Resampler, estimate
from valign.errors import InputError
from valign.jsonl import write_rows

EVAL = Path(__file__).parent / "data" / "inspect"
ITEMS = held_out(30)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2)}


def samples(path: Path, answers: list[str], template: str = "", reverse: bool = False) -> Path:
    """lm-eval's samples of our held-out prompts, as the system behind a chat template was asked them."""
    rows = []
    for n, (item, text) in enumerate(zip(ITEMS, answers, strict=True)):
        arguments = {"gen_args_0": {"arg_0": template + item.prompt, "arg_1": {"until": []}}}
        rows.append({
            "doc_id": n, "doc": vars(item), "target": item.reference, "arguments": arguments, "resps": [[text]],
            "filtered_resps": [text], "filter": "none", "metrics": ["len"], "len": len(text), "prompt_hash": template,
        })  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, reversed(rows) if reverse else rows)
    return path


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    name = "samples_valign_udhr_2026-01-01T00-00-00.jsonl"
    return [
        samples(tmp_path / "seed" / name, ANSWERS["seed"]),
        samples(tmp_path / "sft" / name, ANSWERS["sft"], "<|user|>", reverse=True),
    ]


def test_imported_answers_are_scored_judged_reported_and_compared_as_a_run_s_are(
    valign: Callable[..., Any], logs: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "imported"
    result = valign("import", *logs, "--out", out)
    assert result.code == 0, result.err
    assert "imported by valign" in (out / "tables.md").read_text()
    assert not (out / "recipe.yaml").exists(), "there is no recipe to carry out again"
    assert valign("score", out, "--metric", "rouge").code == 0
    assert valign("judge", out, "--judge", "reference-similarity").code == 0
    assert valign("report", out).code == 0
    run = load_run(out)
    (results,) = run.report.documents
    expected = find("rouge", {}).score(ANSWERS["sft"], [item.reference for item in ITEMS])["rougeL"]
    clusters = [item.section for item in ITEMS]
    assert results.figures["sft"]["rougeL"] == estimate(expected, Resampler(30, clusters), 0.95)
    assert results.figures["sft"]["len"].value == pytest.approx(sum(map(len, ANSWERS["sft"])) / 30)
    assert {(one.better, one.worse) for one in results.tested} == {("sft", "seed")}, "the first is the baseline"
    gate = tmp_path / "gate.yaml"
    rules = [{"metric": m, "system": s, "not_worse_by": 0.01} for m, s in (("rougeL", "seed"), ("bleu", "sft"))]
    gate.write_text(json.dumps({"rules": rules}))
    main = write_run(tmp_path / "main", ANSWERS, ITEMS)
    out_json = tmp_path / "gate.json"
    valign("compare", main, out, "--gate", gate, "--json", out_json)
    first, second = json.loads(out_json.read_text())["checks"]
    assert first["improvement"]["value"] == 0, "the same answers to the same items"
    assert second["reason"] == "the candidate has no bleu of system 'sft' on udhr"


def test_eval_logs_are_systems_of_one_table(tmp_path: Path) -> None:
    run = import_logs([f"base={EVAL / 'base.eval'}", f"tuned={EVAL / 'tuned.eval'}"], tmp_path / "run")
    (results,) = run.report.documents
    assert results.document == "habits"
    assert results.figures["tuned"]["includes,mean"].value == pytest.approx(9 / 11)
    assert results.figures["tuned"]["graded,max"].n_unscored == 3
    assert [one.harness for one in read_manifest(run.folder).imported] == ["inspect_ai 0.3.285"] * 2
    assert run.documents["habits"].answers["tuned"][8].text == "It takes 80 minutes."


def test_a_judge_of_a_system_s_own_family_is_named(logs: list[Path], tmp_path: Path) -> None:
    import_logs([f"a={EVAL / 'base.eval'}", f"b={EVAL / 'tuned.eval'}"], tmp_path / "run")
    models = read_manifest(tmp_path / "run").models
    assert models == {"system a": "mockllm/model", "system b": "mockllm/model"}


def test_what_does_not_belong_into_one_table_is_one_line(logs: list[Path], tmp_path: Path) -> None:
    base, single = EVAL / "base.eval", EVAL / "single.eval"
    fewer = samples(tmp_path / "fewer" / logs[0].name, ANSWERS["sft"])
    write_rows(fewer, [json.loads(line) for line in fewer.read_text().splitlines()][:29])
    rolling = {"doc_id": 0, "doc": "text", "target": "", "arguments": [["text"]], "filtered_resps": ["-3.0"]}
    write_rows(tmp_path / "samples_wiki.jsonl", [{**rolling, "word_perplexity": [-3.0, 2]}])
    cases: list[tuple[list[Any], str]] = [
        ([base, EVAL / "tuned.eval"], "system 'mockllm-model' on habits is in"),
        ([f"a={base}", f"b={logs[0]}"], "task habits: no log of b; give it"),
        ([logs[0], fewer], "1 of the 30 items of"),
        ([tmp_path / "samples_wiki.jsonl"], "asks for no answers"),
        ([tmp_path / "nothing"], "neither a run (run.json) nor lm-eval's samples"),
    ]
    for number, (sources, message) in enumerate(cases):
        with pytest.raises(InputError) as caught:
            import_logs([str(one) for one in sources], tmp_path / f"out-{number}")
        assert message in str(caught.value)
        assert not (tmp_path / f"out-{number}" / "run.json").exists()
    with pytest.raises(InputError, match="unknown task of these logs 'habit': did you mean 'habits'"):
        import_logs([str(base)], tmp_path / "out", ["habit"])
    import_logs([str(single)], tmp_path / "out")
    with pytest.raises(InputError, match="holds a run already"):
        import_logs([str(single)], tmp_path / "out")


def test_columns_that_not_every_system_has_are_left_out_and_named(
    valign: Callable[..., Any], logs: list[Path], tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in logs[1].read_text().splitlines()]
    write_rows(logs[1], [{**row, "metrics": ["len", "acc"], "acc": 1.0} for row in rows])
    result = valign("import", *logs, "--out", tmp_path / "run")
    assert "note: udhr: acc: left out, not every system has them measured alike" in result.out


def test_answers_that_no_file_can_hold_are_mended(tmp_path: Path) -> None:
    """A lone surrogate in a log's JSON, and a pair of them, which is one character."""
    hostile = ["<script>\x1b[31m", "=cmd|' /C calc'!A0", "a\ud800b", "\ud83d\ude00", *ANSWERS["sft"][4:]]
    file = tmp_path / "model" / "samples_valign_udhr.jsonl"
    samples(file, ANSWERS["sft"])
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    lines = [
        json.dumps({**row, "resps": [[one]], "filtered_resps": [one]}) for row, one in zip(rows, hostile, strict=True)
    ]
    file.write_text("\n".join(lines))
    run = import_logs([str(file)], tmp_path / "run")
    assert [one.text for one in run.documents["udhr"].answers["model"][:4]] == [*hostile[:2], "a\ufffdb", "\U0001f600"]
