"""Weak and strict servers, and a real one: requests, retries, and the end of a synthesis without items.

The slow test needs an OpenAI-compatible server with structured output:
`VALIGN_TEST_SERVER=http://127.0.0.1:8011/v1 pytest tests/test_synthesis_served.py` (docs/synthesis-with-vllm.md).
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import Act, ChatServer
from conftest import Said
from teacher_server import teach

from alignment.synthesis.parsing import ANSWERS, BETTER, GROUNDED, PAIRS, QUESTIONS, VALUES
from alignment.synthesis.prompting import MAX_ATTEMPTS, JsonPrompter
from valign.chat.open import open_chat

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SERVER = os.environ.get("VALIGN_TEST_SERVER", "")
GUIDE = """# Guide

## Gifts

Do not take a gift from a supplier unless it is a calendar or a pen, and tell your manager of every other offer.

## Travel

Book the cheaper train where the journey takes less than four hours, and fly only when the meeting cannot be moved.
"""
#: What lets the text of any model through, as far as the recipe can say it.
LOOSE = ("prompt_words=[1,400]", "limits.answer_words=[1,400]", "grounding=-1", "critics=[grounded]", "temperature=0.7")


def ignore_progress(step: str, done: int, total: int) -> None:
    """Tests show no progress."""


@pytest.fixture
def written(tmp_path: Path, valign: Callable[..., Said]) -> Callable[..., Said]:
    """`valign synthesise` on two paragraphs, into `tmp_path / "data"`."""
    (tmp_path / "guide.md").write_text(GUIDE, encoding="utf-8")

    def call(server: str, *options: object) -> Said:
        teacher = f"openai:tiny@{server}"
        return valign("synthesise", tmp_path / "guide.md", "--teacher", teacher, "--out", tmp_path / "data", *options)

    return call


def test_a_schema_bounds_lists_texts_and_numbers_in_the_order_of_the_prompts() -> None:
    schema = json.loads(PAIRS.json_schema(3))
    listed = schema["properties"]["pairs"]
    assert (listed["minItems"], listed["maxItems"]) == (3, 3)
    entry = listed["items"]["properties"]
    assert list(entry) == listed["items"]["required"] == ["number", "keeps", "fails"]
    assert (entry["number"]["minimum"], entry["number"]["maximum"]) == (1, 3)
    assert entry["fails"]["maxLength"] == 400
    assert json.loads(VALUES.json_schema(3))["properties"]["values"]["minItems"] == 1
    form = json.loads(QUESTIONS.json_schema(2))["properties"]["questions"]["items"]["properties"]["form"]
    assert form["enum"].count("yes or no") == 1
    assert set(form) == {"enum", "type"}


def test_invalid_numbers_are_replaced_by_positions() -> None:
    twice = '{"answers": [{"number": 2, "answer": "So."}, {"number": 2, "answer": "No."}]}'
    assert [entry.number for entry in ANSWERS.parse(twice, cut=False, count=2)] == [1, 2]
    assert [entry.number for entry in ANSWERS.parse(twice, cut=False, count=3)] == [2, 2]
    turned = '{"answers": [{"number": 2, "answer": "So."}, {"number": 1, "answer": "No."}]}'
    assert [entry.number for entry in ANSWERS.parse(turned, cut=False, count=2)] == [2, 1]


def test_a_verdict_holds_without_a_reason() -> None:
    assert BETTER.parse('{"better": "second", "reason": " "}', cut=False)[0].better == "second"
    verdicts = GROUNDED.parse('{"verdicts": [{"number": 1, "grounded": false, "reason": ""}]}', cut=False, count=1)
    assert [(verdict.grounded, verdict.reason) for verdict in verdicts] == [(False, "no reason given")]


def test_a_cut_answer_is_retried_with_twice_the_tokens_and_used_if_nothing_better_comes() -> None:
    whole = '{"answers": [{"number": 1, "answer": "Whole."}, {"number": 2, "answer": "Half of'

    def ask(behave: Callable[[dict[str, Any], int], Act]) -> tuple[list[int], list[int], int]:
        with ChatServer(behave) as server:
            prompter = JsonPrompter(open_chat(f"openai:tiny@{server.url}", cache=None))
            (found,) = prompter.send("answers", [("Answer twice.", 2)], ANSWERS, ignore_progress)
        assert isinstance(found, list)
        return [entry.number for entry in found], [body["max_tokens"] for body in server.bodies], prompter.reasked

    limit = ANSWERS.max_tokens(2)
    cut = Act(whole, finish_reason="length")
    full = Act(whole + ' it."}]}')
    assert ask(lambda body, n: cut if n == 1 else full) == ([1, 2], [limit, 2 * limit], 1)
    assert ask(lambda body, n: cut) == ([1], [limit * 2**n for n in range(MAX_ATTEMPTS)], MAX_ATTEMPTS - 1)


def test_a_server_that_takes_no_bounds_keeps_its_schema_without_them() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        if "maxLength" in json.dumps(body):
            return Act("'maxLength' is not permitted", status=400)
        return Act('{"better": "first", "reason": "plain"}')

    with ChatServer(behave) as server:
        chat = open_chat(f"openai:tiny@{server.url}", cache=None, concurrency=1)
        prompter = JsonPrompter(chat)
        prompter.send("is it better", [("Which one?", 1), ("And here?", 1)], BETTER, ignore_progress)
    sent = [body["response_format"]["json_schema"]["schema"] for body in server.bodies]
    assert ["maxLength" in json.dumps(schema) for schema in sent] == [True, False, False]
    assert sent[1]["properties"]["better"]["enum"] == ["first", "second", "neither"]


def test_a_server_without_any_schema_is_asked_without_one_from_then_on() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        return Act("no schemas here", status=400) if "response_format" in body else Act("Yes.")

    with ChatServer(behave) as server:
        chat = open_chat(f"openai:tiny@{server.url}", cache=None, concurrency=1)
        prompter = JsonPrompter(chat)
        prompter.send("answers", [("One?", 1)], ANSWERS, ignore_progress)
    assert ["response_format" in body for body in server.bodies] == [True, True, False, False, False]
    assert chat.usage.answered == MAX_ATTEMPTS


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 64 tokens. However, your prompt contains at least 99 input tokens",
        "max_tokens=999 cannot be greater than max_model_len=64. Please request fewer output tokens.",
        "the request exceeds the available context size (64 tokens), try increasing it",
    ],
)
def test_a_prompt_beyond_the_context_is_sent_once_and_reported_as_such(written: Callable[..., Said], said: str) -> None:
    with ChatServer(lambda body, n: Act(said, status=400)) as server:
        ended = written(server.url)
    assert ended.code == 1
    assert len(server.bodies) == 4
    last = ended.out.strip().splitlines()[-1]
    assert "'prompt and answer exceed the context of 64 tokens'" in last
    assert last.endswith("serve the model with a longer context, or ask for less (counts in a recipe)")


def test_if_every_draft_is_rejected_no_data_folder_is_written_and_one_line_says_why(
    written: Callable[..., Said], valign: Callable[..., Said], tmp_path: Path
) -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        said = json.loads(teach(body).text)
        for entry in said.get("answers", []) + said.get("pairs", []):
            entry |= {key: "Too short." for key in entry if key != "number"}
        return Act(json.dumps(said))

    with ChatServer(behave) as server:
        ended = written(server.url)
    assert ended.code == 1
    last = ended.out.strip().splitlines()[-1]
    assert last.startswith(f"{tmp_path / 'data'}: no item was left, so no data was written")
    assert "of 6 drafts most (6) were rejected for" in last
    assert last.endswith("A stronger teacher, prompts of your own or other bounds in a recipe may do better")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["synthesis"]
    report = json.loads((tmp_path / "data" / "synthesis" / "report.json").read_text())
    assert sum(counts["rejected"] for counts in report["drafts"].values()) == 6
    refused = valign("data", "audit", tmp_path / "data")
    assert refused.code == 2
    assert "holds no document.md" in refused.err


def test_a_critic_that_is_left_out_is_not_asked(written: Callable[..., Said], tmp_path: Path) -> None:
    with ChatServer(teach) as server:
        assert written(server.url, "--set", "critics=[better]", "--dry-run").code == 0
        written(server.url, "--set", "critics=[better]")
    asked = {next(iter(body["response_format"]["json_schema"]["schema"]["properties"])) for body in server.bodies}
    assert asked == {"questions", "answers", "values", "situations", "pairs", "better"}


def _served_model() -> str:
    with urllib.request.urlopen(f"{SERVER}/models", timeout=10) as answer:
        return str(json.load(answer)["data"][0]["id"])


@pytest.mark.slow
@pytest.mark.skipif(not SERVER, reason="VALIGN_TEST_SERVER names no server")
@pytest.mark.skipif(not DATA.is_dir(), reason="the real documents are not here")
@pytest.mark.parametrize("loose", [(), LOOSE], ids=["as shipped", "loose"])
def test_the_whole_path_runs_with_a_real_server(
    valign: Callable[..., Said], tmp_path: Path, loose: tuple[str, ...]
) -> None:
    """Every request is accepted, every answer read, every chunk accounted for; quality is the model's matter."""
    document = DATA / "doc_contributor_covenant" / "code_of_conduct.md"
    bounds = [part for change in loose for part in ("--set", change)]
    teacher = f"openai:{_served_model()}@{SERVER}"
    ended = valign("synthesise", document, "--teacher", teacher, "--out", tmp_path / "data", *bounds)
    assert ended.code in (0, 1), ended.err
    report = json.loads((tmp_path / "data" / "synthesis" / "report.json").read_text())
    usage = report["usage"]
    assert usage["failed"] == {}
    assert usage["retried"] == {}
    assert usage["answered"] == usage["calls"] > 5 * 20
    assert report["lost"] == []
    assert all(
        chunk[p]["kept"] + chunk[p]["rejected"] > 0
        for chunk in report["chunks"].values()
        for p in ("instruct", "scenario")
    )
    if loose:
        assert valign("data", "audit", tmp_path / "data", "--json", tmp_path / "audit.json").code in (0, 1)
        audited = json.loads((tmp_path / "audit.json").read_text())
        broken = {"broken JSON", "wrong field", "id reused", "unknown section", "unknown chunk", "unknown kind", "leak"}
        assert not broken & {finding["check"] for finding in audited["findings"]}
