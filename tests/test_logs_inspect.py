"""inspect's eval logs, as inspect wrote them (tests/inspect_logs.py): inspect's own figures are the golden ones."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.run.logs.base import aggregated
from harness.run.logs.inspect_ai import read_inspect
from harness.run.logs.zip_files import ZipFile
from valign.errors import InputError

DATA = Path(__file__).parent / "data" / "inspect"
Change = Callable[[dict[str, Any]], dict[str, Any] | None]


def changed(path: Path, **changes: Change) -> Path:
    """A copy of `single.eval`, compressed as inspect did before 0.3.206; members are changed or, by None, left out."""
    with ZipFile(DATA / "single.eval") as log, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in log.namelist():
            change = changes.get(name.partition("/")[0].removesuffix(".json"), lambda data: data)
            data = change(json.loads(log.read(name)))
            if data is not None:
                copy.writestr(name, json.dumps(data))
    return path


@pytest.mark.parametrize("name", ["base", "tuned", "single"])
def test_figures_are_inspect_s_own(name: str) -> None:
    log = read_inspect(DATA / f"{name}.eval")
    with ZipFile(DATA / f"{name}.eval") as raw:
        scores = json.loads(raw.read("header.json"))["results"]["scores"]
    assert len(log.columns) == len(scores) == (4 if name == "single" else 8)
    for score in scores:
        column = score["name"] if score["name"] == score["scorer"] else f"{score['scorer']}.{score['name']}"
        values = log.columns[f"{column},{score['reducer']}" if "reducer" in score else column]
        figure = (score["metrics"].get("accuracy") or score["metrics"]["mean"])["value"]
        if score["name"] == "graded":  # 'B+' of one sample is 0 in inspect and no score here
            assert values.scored.sum() == score["scored_samples"] - 1 == 9
            figure *= 10 / 9
        assert aggregated(values) == pytest.approx(figure, rel=1e-12)


def test_what_has_no_score_has_a_reason() -> None:
    reasons = dict(read_inspect(DATA / "single.eval").columns["graded"].reasons)
    assert reasons == {
        3: "the scorer gave no value",
        7: "the score 'B+' is no number",
        9: "error: ValueError('the tool broke')",
    }


def test_items_answers_and_sections_are_the_log_s() -> None:
    log = read_inspect(DATA / "base.eval")
    assert [item.id for item in log.items] == [f"item-{n}" for n in range(12)], "the data set's order"
    assert [item.section for item in log.items[:3]] == ["pace", "rest", "food"]
    assert log.answers[1].prompt == "How many minutes may a walk of 1 km take?"
    assert log.answers[1].text == "It takes 10 minutes."
    assert log.answers[5].reference == "50", "the first of several targets"
    assert log.answers[0].prompt == "system: Answer in one word.\n\nuser: How many minutes may a walk of 0 km take?"
    assert (log.system, log.task, log.harness) == ("mockllm-model", "habits", "inspect_ai 0.3.285")
    assert log.keys == read_inspect(DATA / "tuned.eval").keys, "message ids are no part of a question"


def test_epochs_without_a_reducer_are_items_of_one_cluster(tmp_path: Path) -> None:
    """Every epoch is an item, and the bootstrap resamples those of a sample together."""
    with ZipFile(DATA / "base.eval") as log, zipfile.ZipFile(tmp_path / "log.eval", "w") as copy:
        for name in log.namelist():
            data = json.loads(log.read(name))
            if name == "header.json":
                data["results"]["scores"] = []
            elif name.startswith("samples/"):
                data["metadata"] = {}
            if name != "reductions.json":
                copy.writestr(name, json.dumps(data))
    log = read_inspect(tmp_path / "log.eval")
    assert len(log.items) == 24
    assert [item.section for item in log.items[:4]] == ["item-0", "item-0", "item-1", "item-1"]
    assert aggregated(log.columns["includes"]) == pytest.approx(6 / 11)


def test_a_figure_that_is_no_mean_is_left_out(tmp_path: Path) -> None:
    def other(header: dict[str, Any]) -> dict[str, Any]:
        by_name = {score["name"]: score for score in header["results"]["scores"]}
        by_name["includes"]["metrics"] = {"perplexity": {"name": "perplexity", "value": 3.0}}
        by_name["kind"]["metrics"]["mean"]["value"] = 9.0
        return header

    log = read_inspect(changed(tmp_path / "log.eval", header=other))
    assert set(log.columns) == {"graded", "rubric.brief"}
    assert log.notes[0] == "includes is left out: inspect aggregates it by perplexity, which is no mean"
    assert log.notes[1].startswith("rubric.kind is left out: the harness's own figure is 9, ")


def test_other_shapes_of_scores_and_contents(tmp_path: Path) -> None:
    """Lists, numbers as text, a missing scorer, a limit, parts with reasoning, and texts that inspect keeps apart."""

    def sample(data: dict[str, Any]) -> dict[str, Any]:
        n = int(data["id"].split("-")[1])
        data["scores"] = {"pair": {"value": ["C", n]}, "word": {"value": "YES" if n % 2 else "0.25"}}
        if n == 4:
            data |= {"scores": None, "limit": {"type": "token", "limit": 9}}
        if n == 5:
            parts = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "attachment://long"}]
            data["output"]["choices"][0]["message"]["content"] = parts
            data["attachments"] = {"long": "a long answer"}
        return data

    def header(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "results": None}

    log = read_inspect(changed(tmp_path / "log.eval", samples=sample, header=header, reductions=lambda data: None))
    assert set(log.columns) == {"pair.0", "pair.1", "word"}
    assert log.columns["pair.1"].statistics[2, 0] == 2.0
    assert log.columns["word"].statistics[:2, 0].tolist() == [0.25, 1.0]
    assert dict(log.columns["word"].reasons) == {4: "stopped at its token limit"}
    assert math.isnan(log.columns["pair.0"].statistics[4, 0])
    assert log.answers[5].text == "a long answer"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": lambda data: {**data, "version": 3}}, "version 3 of inspect's log format; expected 2"),
        ({"header": lambda data: {**data, "status": "error"}}, "the evaluation's status is 'error'"),
        ({"header": lambda data: None}, "no log of a finished evaluation"),
        ({"samples": lambda data: None}, "has no samples"),
        ({"samples": lambda data: {**data, "epoch": None}}, "not as inspect writes an eval log"),
        ({"reductions": lambda data: [{"scorer": "x"}]}, "not as inspect writes an eval log"),
    ],
)
def test_another_version_or_a_broken_log_is_one_line(tmp_path: Path, changes: dict[str, Change], message: str) -> None:
    with pytest.raises(InputError, match=r"log\.eval: ") as caught:
        read_inspect(changed(tmp_path / "log.eval", **changes))
    assert message in str(caught.value)


@pytest.mark.parametrize("keep", [0, 30, 0.5, 0.999])
def test_a_cut_or_foreign_file_is_one_line(tmp_path: Path, keep: float) -> None:
    data = (DATA / "single.eval").read_bytes()
    (tmp_path / "log.eval").write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    with pytest.raises(InputError, match="cannot be read as an eval log of inspect"):
        read_inspect(tmp_path / "log.eval")


def test_a_flipped_byte_anywhere_is_noticed_or_harmless(tmp_path: Path) -> None:
    """ZIP's checksums: a byte that matters makes one line, never a traceback."""
    data = bytearray((DATA / "single.eval").read_bytes())
    whole = read_inspect(DATA / "single.eval")
    for at in range(0, len(data), 331):
        flipped = bytearray(data)
        flipped[at] ^= 0x55
        (tmp_path / "log.eval").write_bytes(flipped)
        try:
            log = read_inspect(tmp_path / "log.eval")
        except InputError:
            continue
        assert log.fingerprint == whole.fingerprint


def test_eval_logs_are_the_sides_of_a_gate(valign: Callable[..., Any], tmp_path: Path) -> None:
    gate, out = tmp_path / "gate.yaml", tmp_path / "gate.json"
    rules = "[{metric: includes, better_by: 0}, {metric: 'graded,max', not_worse_by: 1}]"
    gate.write_text(f"{{clusters: none, rules: {rules}}}")
    result = valign("compare", DATA / "base.eval", DATA / "tuned.eval", "--gate", gate, "--json", out)
    checks = json.loads(out.read_text())["checks"]
    assert [(one["task"], one["metric"]) for one in checks] == [
        ("habits", "includes,mean"), ("habits", "includes,max"), ("habits", "graded,max"),
    ]  # fmt: skip
    assert checks[0]["main"] == pytest.approx(6 / 11)
    assert checks[0]["candidate"] == pytest.approx(9 / 11)
    assert "answers are those of the first epoch" in result.out
