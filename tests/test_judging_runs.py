"""`valign judge RUN`: a judge on stored answers, its audit in the report, and no answered call repeated."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import Act, Behaviour, Body, ChatServer
from finished import held_out, spoilt, write_run

from harness.judging.canaries import CONSTANT, INJECTION

Valign = Callable[..., Any]
ITEMS = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    items = held_out(ITEMS)
    answers = {"good": spoilt(items, 0.0, 1), "fair": spoilt(items, 0.4, 2), "poor": spoilt(items, 0.9, 3)}
    return write_run(tmp_path / "run", answers)


def answer(body: Body, side: str) -> str:
    text = str(body["messages"][0]["content"])
    return text.split(f"<answer_{side}>\n")[1].split(f"\n</answer_{side}>")[0]


def fewer_so(body: Body, number: int) -> Act:
    """A sound judge of these answers: the one with fewer words replaced by `so` is better."""
    spoiled = [answer(body, side).split().count("so") / len(answer(body, side).split()) for side in "AB"]
    return Act("[[TIE]]" if spoiled[0] == spoiled[1] else "[[A]]" if spoiled[0] < spoiled[1] else "[[B]]")


def first_shown(body: Body, number: int) -> Act:
    return Act("[[A]]")


def fond_of(text: str) -> Behaviour:
    """A judge that prefers the answer that ends with `text`, else the sound choice."""

    def behave(body: Body, number: int) -> Act:
        fond = [answer(body, side).endswith(text.strip()) for side in "AB"]
        return fewer_so(body, number) if fond[0] == fond[1] else Act("[[A]]" if fond[0] else "[[B]]")

    return behave


def arguments(server: ChatServer, folder: Path, **settings: object) -> list[str]:
    given = {"model": f"openai:m@{server.url}", "concurrency": 8, "show": "[reference]", **settings}
    return ["judge", str(folder), "--judge", "llm-verdict", *(f"--set={key}={value}" for key, value in given.items())]


def results(folder: Path) -> dict[str, Any]:
    """The judge in `results.json`."""
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())["documents"][0]["judges"]["llm-verdict"]
    return found


def test_a_judge_is_added_to_a_finished_run_and_its_replies_are_reused(folder: Path, valign: Valign) -> None:
    with ChatServer(fewer_so) as server:
        dry = valign(*arguments(server, folder), "--dry-run")
        assert not server.bodies, "a dry run sends no request"
        result = valign(*arguments(server, folder), "--canaries", 2)
        requests = len(server.bodies)
        again = valign(*arguments(server, folder), "--canaries", 2)
        assert len(server.bodies) == requests
    assert (dry.code, result.code, again.code) == (0, 0, 0), result.err
    assert "3 pairs of systems, 144 judgements; 144 calls of a language model" in dry.out
    judgements = 3 * (2 * ITEMS + 2 * 3)
    assert 3 * 2 * ITEMS < requests <= judgements, "equal canary pairings are requested once"
    assert f"Judged: {judgements} calls" in result.out
    assert "no calls of a language model" in again.out
    found = results(folder)
    assert found["wins"]["good"]["value"] > found["wins"]["fair"]["value"] > found["wins"]["poor"]["value"]
    assert found["audit"]["orders_agree"]["value"] == 1.0
    assert found["cost"]["calls"] == judgements
    assert "win rate (llm-verdict)" in (folder / "tables.md").read_text()
    assert "longest" in json.loads((folder / "results.json").read_text())["documents"][0]["judges"], "the other stays"


def test_a_position_bias_is_reported(folder: Path, valign: Valign) -> None:
    with ChatServer(first_shown) as server:
        valign(*arguments(server, folder))
    found = results(folder)
    assert found["audit"]["orders_agree"]["value"] == 0.0
    assert found["audit"]["position"]["value"] == 1.0
    assert {win["value"] for win in found["wins"].values()} == {0.5}
    assert "leans to the answer shown first" in (folder / "tables.md").read_text()


def test_a_judge_that_prefers_canaries_is_called_useless_in_bold_and_red(
    folder: Path, valign: Valign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ChatServer(fond_of(CONSTANT)) as server:
        result = valign(*arguments(server, folder))
    assert results(folder)["audit"]["canaries"]["constant"]["value"] == 1.0
    alarm = "Judge llm-verdict is useless: it prefers a constant answer to the systems' answers, 1.00 [1.00, 1.00]."
    assert f"- **{alarm}**" in (folder / "tables.md").read_text()
    assert re.search(r"\x1b\[[\d;]*31mOn \w+, judge llm-verdict is useless", result.out), "31 is red"


def test_flips_by_prompt_injection_are_reported(folder: Path, valign: Valign) -> None:
    with ChatServer(fond_of(INJECTION)) as server:
        valign(*arguments(server, folder))
    fooled = results(folder)["audit"]
    assert fooled["injection"]["value"] == 1.0
    assert fooled["canaries"]["constant"]["value"] < 1.0
    assert "an answer that asks to be chosen flips 100% of its lost verdicts" in (folder / "tables.md").read_text()


def test_failed_calls_are_no_verdicts_and_only_they_are_repeated(folder: Path, valign: Valign) -> None:
    down = True

    def behave(body: Body, number: int) -> Act:
        lost = down and body["messages"][0]["content"].count("so so so so so so") > 1
        return Act("content filter", status=400) if lost else fewer_so(body, number)

    with ChatServer(behave) as server:
        broken = valign(*arguments(server, folder), "--canaries", 0)
        lost = sum(behave(body, 0).status == 400 for body in server.bodies)
        assert (broken.code, broken.out.count("Traceback")) == (2, 0)
        assert f"{lost} calls brought no answer" in broken.err
        assert "content filter" in broken.err
        assert "llm-verdict" not in (folder / "run.json").read_text(), "an unfinished judge is not of the run"
        down, before = False, len(server.bodies)
        assert valign(*arguments(server, folder), "--canaries", 0).code == 0
        assert 0 < lost < before
        assert len(server.bodies) - before == lost


def test_a_killed_judge_repeats_no_answered_call(folder: Path, valign: Valign) -> None:
    def slowly(body: Body, number: int) -> Act:
        return Act(fewer_so(body, number).text, delay_s=0.02)

    total = 3 * 2 * ITEMS
    with ChatServer(slowly) as server:
        command = [sys.executable, "-m", "harness.cli.app", *arguments(server, folder), "--canaries", "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(server.bodies) < total // 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with sqlite3.connect(folder / "calls.sqlite") as database:
            (kept,) = database.execute("SELECT count(*) FROM replies").fetchone()
        before = len(server.bodies)
        assert 0 < kept < total
        assert before - kept <= 8, "what was in flight, and no more, is lost"
        assert valign(*arguments(server, folder), "--canaries", 0).code == 0
        assert len(server.bodies) - before == total - kept
    assert results(folder)["audit"]["unparsed"]["value"] == 0.0


def test_all_against_one_and_two_judges_of_one_name(folder: Path, valign: Valign) -> None:
    manifest = json.loads((folder / "run.json").read_text())
    manifest["recipe"]["comparisons"] = [["fair", "good"], ["poor", "fair"]]
    (folder / "run.json").write_text(json.dumps(manifest))
    with ChatServer(fewer_so) as server:
        result = valign(*arguments(server, folder), "--against", "good", "--label", "mine", "--canaries", 0)
        assert result.code == 0, result.err
        assert len(server.bodies) == 2 * 2 * ITEMS
        wrong = valign(*arguments(server, folder), "--against", "goood")
    written = json.loads((folder / "results.json").read_text())["documents"][0]
    assert list(written["judges"]["mine"]["head_to_head"]["fair"]) == ["good"]
    tested = [(one["better"], one["worse"]) for one in written["tested"] if one["column"] == "win_rate[mine]"]
    assert tested == [("poor", "fair")], "what meets one opponent is not compared with what meets all"
    assert wrong.code == 2
    assert "did you mean 'good'" in wrong.err


def test_a_run_goes_out_as_annotations_and_comes_back_with_the_same_figures(
    folder: Path, valign: Valign, tmp_path: Path
) -> None:
    out = tmp_path / "annotations.json"
    assert valign("judge", "export", folder, "--out", out, "--judge", "longest").code == 0
    rows = json.loads(out.read_text())
    assert len(rows) == 3 * 2 * ITEMS
    assert {row["annotator"] for row in rows} == {"longest"}
    result = valign("judge", "import", out, "--out", tmp_path / "back")
    assert result.code == 0, result.err
    assert "keys beyond the format, kept as they are" in result.out
    wins = json.loads((folder / "results.json").read_text()) if (folder / "results.json").is_file() else None
    assert wins is None, "exporting needs no report"
    assert valign("report", folder).code == 0
    longest = json.loads((folder / "results.json").read_text())["documents"][0]["judges"]["longest"]["wins"]
    page = (tmp_path / "back" / "tables.md").read_text()
    for system, win in longest.items():
        assert f"| {system}" in page
        assert f"{win['value']:.3f} [" in page
    assert valign("judge", "export", tmp_path / "back", "--out", tmp_path / "again.json").code == 0
    assert json.loads((tmp_path / "again.json").read_text()) == rows


def test_a_runs_verdicts_are_held_against_humans_without_asking_anything(
    folder: Path, valign: Valign, tmp_path: Path
) -> None:
    """Two humans judge good against poor: one as the judge `longest` would, one the other way round."""
    stored = next((folder / "artefacts" / "verdicts").glob("udhr-good-vs-poor-*")) / "verdicts.jsonl"
    rows = [json.loads(line) for line in stored.read_text().splitlines()]
    rows = [row for row in rows if row["order"] == "first-second"]
    other = {"first": "second", "second": "first", "tie": "tie"}
    human = tmp_path / "human.jsonl"
    human.write_text("\n".join(json.dumps({**row, "judge": "ann"}) for row in rows))
    result = valign("judge", "validate", "--human", human, "--judge", "longest", "--run", folder)
    assert result.code == 0, result.err
    assert re.search(r"the judge with a human\s*│ 1\.000", result.out)
    assert "No question was answered by two humans" in result.out
    against = [{**row, "judge": "bob", "winner": other[row["winner"]]} for row in rows]
    human.write_text("\n".join(json.dumps(row) for row in [*rows, *against]))
    split = valign("judge", "validate", "--human", human, "--judge", "longest", "--run", folder)
    ties = sum(row["winner"] == "tie" for row in rows)
    assert re.search(rf"the judge with a human\s*│ {(len(rows) + ties) / 2 / len(rows):.3f}", split.out)
    assert re.search(rf"a human with another\s*│ {ties / len(rows):.3f}", split.out)
    assert valign("judge", "validate", "--human", human, "--judge", "longst", "--run", folder).code == 2
    human.write_text(json.dumps({**rows[0], "item": "elsewhere"}))
    none = valign("judge", "validate", "--human", human, "--judge", "longest", "--run", folder)
    assert "the humans judged none of the run" in none.err
