"""A synthesis from end to end: the extractive teacher, and a served one that answers like a real one and then fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from chat_server import Act, ChatServer
from conftest import Said
from teacher_server import Unreliable, teach

from alignment.synthesis.estimate import estimate_steps
from alignment.synthesis.prompts import read_prompts
from alignment.synthesis.synthesise import Synthesis, split_document, synthesise
from alignment.synthesis.teachers.model import ModelTeacher
from alignment.synthesis.types import Settings
from tasks.data.folder import DataFolder, find
from tasks.data.types import Document, Section
from tasks.documents.chunking import chunk_document
from valign.chat.open import open_chat
from valign.chat.served import RetryPolicy
from valign.models.locate import MINILM, locate

QUICK = RetryPolicy(calls=9, call_s=3.0, first_wait_s=0.01, longest_wait_s=0.1)


def some_sections(count: int) -> Document:
    document = find("bcg").document()
    return Document(document.name, document.title, document.sections[:count])


def ignore_progress(step: str, done: int, total: int) -> None:
    """Tests show no progress."""


def synthesised(document: Document, server: ChatServer, cache: Path | None = None, **settings: Any) -> Synthesis:
    chat = open_chat(f"openai:tiny@{server.url}", cache=cache, concurrency=16, retry_policy=QUICK)
    prompts = read_prompts()
    teacher = ModelTeacher(chat, prompts, Settings(**settings))
    return synthesise(document, teacher, prompts, Settings(**settings), locate(MINILM), ignore_progress)


def rows(synthesis: Synthesis) -> list[tuple[str, str, str]]:
    return [(item.id, item.draft.prompt, item.draft.answer) for item in synthesis.items]


def test_a_server_that_fails_in_six_ways_costs_retries_and_nothing_else() -> None:
    document, unreliable = some_sections(4), Unreliable()
    with ChatServer(teach) as server:
        calm = synthesised(document, server)
    with ChatServer(unreliable) as server:
        shaken = synthesised(document, server)
    assert rows(shaken) == rows(calm)
    assert len({item.id for item in shaken.items}) == len(shaken.items) > 50
    report, did = shaken.report, unreliable.did
    assert report.complete
    assert set(report.chunks) == {chunk.id for chunk in chunk_document(document)}
    for pipeline in ("instruct", "scenario"):
        counted = [chunk[pipeline] for chunk in report.chunks.values() if chunk["role"] != "too short"]
        assert sum(one["kept"] for one in counted) == report.drafts[pipeline]["kept"]
        assert sum(one["rejected"] for one in counted) == report.drafts[pipeline]["rejected"]
        assert all(one["kept"] + one["rejected"] > 0 for one in counted)
    usage = report.usage
    named = {
        "http 429": did["429"], "http 500": did["500"], "dropped connection": did["drop"], "time-out": did["hang"],
        "half an answer": did["half"], "malformed answer": did["malformed"],
    }  # fmt: skip
    assert usage["retried"] == {reason: count for reason, count in sorted(named.items()) if count}
    assert len(did) == 7
    assert usage["retries"] == sum(named.values())
    assert usage["reasked"] == did["unparsed"]
    assert usage["calls"] == len(server.bodies)


def test_unanswered_requests_are_reported_and_only_they_are_repeated(tmp_path: Path) -> None:
    document, broken = some_sections(3), chunk_document(some_sections(3))[2]

    def behave(body: dict[str, Any], number: int) -> Act:
        return Act("no", status=400) if broken.text in body["messages"][0]["content"] else teach(body)

    with ChatServer(behave) as server:
        first = synthesised(document, server, tmp_path / "cache")
        assert {(one.chunk, one.step) for one in first.report.lost} == {(broken.id, "questions"), (broken.id, "values")}
        assert first.report.chunks[broken.id]["instruct"] == {"lost": "questions: http 400: no"}
        assert not first.report.complete
        server.behave, before = teach, len(server.bodies)
        second = synthesised(document, server, tmp_path / "cache")
    assert second.report.complete
    assert all(broken.text in body["messages"][0]["content"] for body in server.bodies[before:])
    assert len(server.bodies) > before


def test_a_changed_paragraph_costs_calls_for_its_chunks_only(tmp_path: Path) -> None:
    document = some_sections(4)
    section = document.sections[1]
    paragraphs = section.text.split("\n\n")
    paragraphs[1] = "From now on every question to Legal is put in writing, and answered in writing within nine days."
    changed = Section(section.id, section.title, "\n\n".join(paragraphs))
    edited = Document(document.name, document.title, (document.sections[0], changed, *document.sections[2:]))
    with ChatServer(teach) as server:
        synthesised(document, server, tmp_path / "cache")
        before = len(server.bodies)
        assert before > 100
        synthesised(document, server, tmp_path / "cache")
        assert len(server.bodies) == before
        synthesised(edited, server, tmp_path / "cache")
    asked = [body["messages"][0]["content"] for body in server.bodies[before:]]
    assert 0 < len(asked) < 20
    assert all(paragraphs[1] in prompt for prompt in asked)


def test_a_critic_that_prefers_the_first_answer_shown_lets_no_pair_through() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        act = teach(body)
        return Act('{"better": "first", "reason": "it is first"}') if '"better"' in act.text else act

    with ChatServer(behave) as server:
        synthesis = synthesised(some_sections(2), server)
    assert not [item for item in synthesis.items if item.draft.pipeline == "scenario"]
    assert "not better" in synthesis.report.rejected["scenario"]
    assert synthesis.report.drafts["instruct"]["kept"] > 0


def test_an_ungrounded_answer_is_rejected_with_the_critics_words() -> None:
    def behave(body: dict[str, Any], number: int) -> Act:
        act = teach(body)
        answer = json.loads(act.text)
        for verdict in answer.get("verdicts", [])[:1]:
            verdict |= {"grounded": False, "reason": "no word of it"}
        return Act(json.dumps(answer))

    with ChatServer(behave) as server:
        synthesis = synthesised(some_sections(2), server)
    faults = [fault for fault in synthesis.rejected if fault.reason == "not grounded"]
    assert len(faults) == 2 * len([c for c in synthesis.report.chunks.values() if c["role"] != "too short"])
    assert {fault.detail for fault in faults} == {"no word of it"}


def test_the_dry_run_estimates_the_calls_that_a_synthesis_makes() -> None:
    document = some_sections(3)
    with ChatServer(teach) as server:
        synthesis = synthesised(document, server)
    chunks = split_document(document, Settings())[0]
    steps = {step.step: step for step in estimate_steps(document, chunks, read_prompts(), Settings())}
    calls = sum(step.calls for step in steps.values())
    assert synthesis.report.usage["calls"] <= calls <= 1.3 * synthesis.report.usage["calls"]
    assert steps["questions"].calls == steps["answers"].calls == 15
    words = sum(len(body["messages"][0]["content"].split()) for body in server.bodies)
    assert 0.8 < sum(step.prompt_tokens for step in steps.values()) / (1.3 * words) < 1.5


@pytest.fixture
def written(tmp_path: Path, valign: Callable[..., Said]) -> Callable[..., Said]:
    """`valign synthesise` on eight sections, into `tmp_path / "data"`."""
    from tasks.documents.document import markdown_of

    (tmp_path / "guide.md").write_text(markdown_of(some_sections(8)), encoding="utf-8")

    def call(teacher: str, *options: object) -> Said:
        return valign("synthesise", tmp_path / "guide.md", "--teacher", teacher, "--out", tmp_path / "data", *options)

    return call


def test_the_extractive_teacher_writes_a_folder_that_the_audit_takes(
    written: Callable[..., Said], valign: Callable[..., Said], tmp_path: Path
) -> None:
    said = written("extractive")
    assert said.code == 0, said.err
    data = DataFolder("data", tmp_path / "data")
    items = [*data.instructions(), *data.preferences(), *data.held_out(), *data.held_out_preferences()]
    assert all("-extractive-" in item.id for item in items)
    assert len(items) > 150
    assert {item.seen for item in data.held_out()} == {True, False}
    report = json.loads((tmp_path / "data" / "synthesis" / "report.json").read_text())
    assert report["teacher"] == "extractive"
    kept = sum(counts["kept"] for counts in report["drafts"].values())
    rejected = (tmp_path / "data" / "synthesis" / "rejected.jsonl").read_text().splitlines()
    assert kept == len(items)
    assert sum(counts["rejected"] for counts in report["drafts"].values()) == len(rejected)
    assert all(json.loads(line)["reason"] for line in rejected)
    audited = valign("data", "audit", tmp_path / "data", "--json", tmp_path / "audit.json")
    found = {finding["check"] for finding in json.loads((tmp_path / "audit.json").read_text())["findings"]}
    # Its templates give the chosen answer away by their wording, and the audit says so.
    assert found <= {"kind missing", "section without items", "answers alone"}, audited.out


def test_a_budget_stops_the_synthesis_and_a_larger_one_goes_on(written: Callable[..., Said], tmp_path: Path) -> None:
    with ChatServer(teach) as server:
        teacher = f"openai:tiny@{server.url}"
        stopped = written(teacher, "--budget-requests", 60)
        assert stopped.code == 1
        assert "budget of requests spent" in stopped.out
        assert "run the same command again" in stopped.out
        assert len(server.bodies) == 60
        assert written(teacher).code == 0
    prompts = [json.dumps(body["messages"]) for body in server.bodies]
    assert len(set(prompts)) == len(prompts)
    report = json.loads((tmp_path / "data" / "synthesis" / "report.json").read_text())
    assert report["usage"]["cached"] == 60
    assert report["complete"] is True


def test_a_dry_run_asks_nothing_and_writes_nothing(written: Callable[..., Said], tmp_path: Path) -> None:
    said = written("openai:tiny@http://127.0.0.1:9/v1", "--dry-run")
    assert said.code == 0, said.err
    assert "critic: better" in said.out
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("extracted",), "teacher 'extracted': not known"),
        (("openai:tiny@http://127.0.0.1:9/v1", "--budget-money", 1), "no price is given"),
        (("extractive", "--prompts", "nowhere"), "no such folder"),
        (("openai:tiny",), "no address"),
    ],
)
def test_a_mistake_ends_in_one_line(written: Callable[..., Said], options: tuple[object, ...], said: str) -> None:
    found = written(*options)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.slow
def test_what_was_synthesised_is_trained_on_and_evaluated(
    written: Callable[..., Said], valign: Callable[..., Said], tiny_model: Path, tmp_path: Path
) -> None:
    assert written("extractive").code == 0
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(tiny.recipe_of(tiny_model, tmp_path)), encoding="utf-8")
    run = valign("run", recipe, "--set", f"document={tmp_path / 'data'}", "--out", tmp_path / "run")
    assert run.code == 0, run.err
    assert (tmp_path / "run" / "tables.md").is_file()
