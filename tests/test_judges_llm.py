"""Judges with a language model: prompts, parsing, retries and failed calls."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import Act, Behaviour, Body, ChatServer

from harness.judging.contests import Contest, judge_contests
from harness.judging.families import family, family_warnings, teacher_of
from harness.judging.judge import Cost, Pairing
from harness.judging.judges.jury import Jury
from harness.judging.judges.llm_probability import LlmProbability
from harness.judging.judges.llm_verdict import LlmVerdict
from harness.judging.judges.rubric import Rubric
from harness.judging.registry import find_judge, judge_inputs
from harness.models.answers import Answer
from valign.errors import InputError
from valign.models.locate import MINILM, locate


def answers(text: str) -> list[Answer]:
    return [Answer("q0", "gifts", "fact", True, "May I keep it?", "No. Report it.", text)]


PAIR = Pairing("q0", "May I keep it?", "No. Report it.", "gifts", "No.", "Yes.", "Report every gift.")


def prompt_of(body: Body) -> str:
    return str(body["messages"][0]["content"])


def letters(a: float, b: float, other: float = 0.0) -> dict[str, Any]:
    """The first token's alternatives as an OpenAI-compatible server gives them."""
    weights = {"A": a, " B": b, "The": other}
    top = [{"token": token, "logprob": math.log(p)} for token, p in weights.items() if p > 0]
    return {"logprobs": {"content": [{"token": "A", "logprob": -0.1, "top_logprobs": top}]}}


def prefers(word: str) -> Behaviour:
    """A model that prefers the answer which holds `word`."""

    def behave(body: Body, number: int) -> Act:
        first = prompt_of(body).split("<answer_A>")[1].split("</answer_A>")[0]
        return Act("Both answer.\n[[A]]" if word in first else "Both answer.\n[[B]]")

    return behave


def test_the_model_sees_the_prompt_and_what_the_recipe_shows_and_its_last_verdict_counts(tmp_path: Path) -> None:
    with ChatServer(lambda body, n: Act("[[B]] at first sight, but no: [[A]]")) as server:
        judge = LlmVerdict(f"openai:m@{server.url}", cache=tmp_path / "calls.sqlite")
        judgements = judge.judge([PAIR])
        blind = LlmVerdict(f"openai:m@{server.url}", show=["reference"]).judge([PAIR])
    assert judgements[0].preferred == blind[0].preferred == "first"
    assert judgements[0].cost.calls == 1
    assert judge.name == "llm-verdict openai:m"
    full, bare = (prompt_of(body) for body in server.bodies)
    assert all(text in full for text in ("May I keep it?", "No. Report it.", "Report every gift.", "Yes."))
    assert "Report every gift." not in bare


def test_a_reply_without_a_verdict_is_retried_and_then_counts_as_unparsed() -> None:
    def behave(body: Body, n: int) -> Act:
        late = "late" in prompt_of(body) and len(body["messages"]) == 3
        return Act("[[ tie ]]" if late else "I would rather not say.")

    with ChatServer(behave) as server:
        judge = LlmVerdict(f"openai:m@{server.url}", attempts=2)
        judgements = judge.judge([replace(PAIR, first="late"), PAIR])
    assert [one.preferred for one in judgements] == ["tie", "unparsed"]
    assert judgements[1].reason == "I would rather not say.", "the raw text stays beside the verdict"
    assert [one.cost.calls for one in judgements] == [2, 3]
    turns = [turn["role"] for turn in server.bodies[-1]["messages"]]
    assert turns == ["user", "assistant", "user", "assistant", "user"]


def test_a_failed_call_is_no_verdict_and_leaves_its_contest_unfinished() -> None:
    def behave(body: Body, n: int) -> Act:
        return Act("too long", status=400) if "vast" in prompt_of(body) else Act("[[A]]")

    with ChatServer(behave) as server:
        judge = LlmVerdict(f"openai:m@{server.url}", show=[])
        assert judge.judge([replace(PAIR, first="vast")])[0].preferred == "failed"
        contests = [Contest(("a", "b"), answers("vast"), answers("x")), Contest(("a", "c"), answers("x"), answers("y"))]
        broken, whole = judge_contests(judge, contests)
    assert len(broken.failed) == 2, "both orders show the answer"
    assert "too long" in broken.failed[0]
    assert not whole.failed


def test_probabilities_of_the_letters_make_a_soft_preference() -> None:
    acts = iter([letters(0.6, 0.2, 0.2), letters(0.001, 0.002, 0.9)])
    with ChatServer(lambda body, n: Act("A", extra=next(acts))) as server:
        judge = LlmProbability(f"openai:m@{server.url}", attempts=0)
        sure, silent = (judge.judge([one])[0] for one in (PAIR, PAIR.swapped()))
    assert (sure.preferred, sure.share) == ("first", pytest.approx(0.75))
    assert (silent.preferred, silent.share) == ("unparsed", None), "neither letter is likely"
    assert server.bodies[0]["max_tokens"] == 1
    assert server.bodies[0]["top_logprobs"] == 20


def test_a_rubric_grades_each_distinct_answer_once_and_the_better_grade_wins() -> None:
    grades = {"No.": "4", "Yes.": "1", "Never.": "4", "Hm.": "none"}

    def behave(body: Body, n: int) -> Act:
        return Act(f"So. [[{grades[prompt_of(body).split('<answer>')[1].split('</answer>')[0].strip()]}]]")

    pairs = [PAIR, PAIR.swapped(), replace(PAIR, second="Never."), replace(PAIR, second="Hm.")]
    with ChatServer(behave) as server:
        judge = Rubric(f"openai:m@{server.url}", attempts=0)
        judgements = judge.judge(pairs)
        assert judge.expected(pairs).calls == 4
    assert [one.preferred for one in judgements] == ["first", "second", "tie", "unparsed"]
    assert judgements[0].reason == "grades 4 and 1"
    assert len(server.bodies) == 4
    assert sum((one.cost for one in judgements), Cost()).calls == 4, "an answer's grade is paid for once"


def test_a_jury_follows_its_majority_and_keeps_the_votes() -> None:
    def behave(body: Body, n: int) -> Act:
        judgements = {"yes": "[[A]]", "no": "[[B]]", "mute": "hm"}[body["model"]]
        return Act(judgements, extra=letters(0.9, 0.1))

    def member(name: str, model: str) -> dict[str, Any]:
        return {"name": name, "label": model, "settings": {"model": f"openai:{model}@{server.url}", "attempts": 0}}

    with ChatServer(behave) as server:
        two, split = [member("llm-verdict", "yes"), member("llm-verdict", "mute")], member("llm-verdict", "no")
        majority = Jury(two).judge([PAIR])[0]
        tied = Jury([*two, split]).judge([PAIR])[0]
        mean = Jury([member("llm-probability", "yes"), split], rule="mean").judge([PAIR])[0]
    assert (majority.preferred, majority.votes) == ("first", (("yes", 1.0), ("mute", None)))
    assert tied.preferred == "tie"
    assert mean.share == pytest.approx((0.9 + 0.0) / 2)
    with pytest.raises(InputError, match="expected two or more members"):
        Jury([split])
    with pytest.raises(InputError, match="unknown rule of a jury 'majorty'"):
        Jury(two, rule="majorty")


def test_what_verdicts_depend_on_is_the_model_the_prompt_and_no_address(tmp_path: Path) -> None:
    def inputs(**changed: Any) -> dict[str, Any]:
        return judge_inputs("llm-verdict", {"model": "openai:m@http://localhost:1/v1", **changed})

    assert inputs() == inputs(model="openai:m@http://localhost:2/v1", concurrency=64)
    assert inputs() != inputs(model="openai:n@http://localhost:1/v1")
    own = tmp_path / "own.jinja"
    own.write_text("{{ prompt }} {{ first }} or {{ second }}?", encoding="utf-8")
    assert inputs(prompt=str(own))["prompt"] == "{{ prompt }} {{ first }} or {{ second }}?"
    own.write_text("{{ prompt }} {{ first }}", encoding="utf-8")
    with pytest.raises(InputError, match=r"judge prompt .*own.jinja: does not use \{\{ second \}\}"):
        inputs(prompt=str(own))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "judge llm-verdict: setting 'model' is missing"),
        ({"model": "gpt"}, "chat model 'gpt': not known"),
        ({"model": "openai:m@http://x/v1", "show": ["sections"]}, "did you mean 'section'"),
        ({"model": "openai:m@http://x/v1", "attempts": -1}, "attempts is -1"),
    ],
)
def test_a_judges_settings_are_checked_before_any_request(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_judge("llm-verdict", settings)


def test_a_missing_section_text_is_an_error() -> None:
    judge = LlmVerdict("openai:m@http://localhost:1/v1")
    with pytest.raises(InputError, match="prompt shows the section of item 'q0'"):
        judge.judge([replace(PAIR, section_text="")])


def test_a_judge_of_the_same_family_gives_a_warning(tmp_path: Path) -> None:
    assert family("openai:gpt-4o") == "GPT"
    assert family("mistralai/Mistral-7B-Instruct-v0.2") == family("mixtral-8x7b") == "Mistral"
    assert family("openai:o3-mini") == "GPT"
    assert family("openai:judge") is None
    warnings = family_warnings(
        ["openai:Qwen2.5-72B"], {"seed model": "Qwen/Qwen3-0.6B", "teacher": "meta-llama/Llama-3.1-8B"}
    )
    assert warnings == ["it is of the same family as the seed model (Qwen): judges prefer their own kind"]
    here = family_warnings([f"lm-eval:hf:{locate(MINILM)}"], {"seed model": MINILM})
    assert here == [f"it is the seed model itself ({MINILM})"]
    (tmp_path / "synthesis").mkdir()
    assert teacher_of(tmp_path) is None
    (tmp_path / "synthesis" / "report.json").write_text('{"teacher": "openai:gpt-4o"}')
    assert teacher_of(tmp_path) == "openai:gpt-4o"
