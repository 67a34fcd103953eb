"""The core suite separates: four systems that answer by a rule get the scores that each should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lm_eval.api.model import LM

from harness.safety.answering import AskSettings, answer
from harness.safety.labels import Labeller
from harness.safety.rules import RuleClassifier
from harness.safety.scores import SCORERS
from harness.statistics import Resampler, estimate
from harness.statistics.values import Values
from tasks.safety.core_records import rows
from tasks.safety.suite import SUITES

Generate = Callable[[str], str]
Score = Callable[[str, str], float]
CORE = SUITES.find("core")


class ByRule(LM):
    """An lm-eval model that generates answers and scores options by two functions of the prompt."""

    def __init__(self, generate: Generate, score: Score) -> None:
        super().__init__()
        self.generate, self.score = generate, score

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        return chat_history[-1]["content"]

    @property
    def tokenizer_name(self) -> str:
        return "by-rule"

    def chat_template(self, chat_template: bool | str = False) -> str:
        return "plain"

    def generate_until(self, requests: list[Any]) -> list[str]:
        return [self.generate(request.args[0]) for request in requests]

    def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
        return [(self.score(*request.args), False) for request in requests]

    def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
        raise NotImplementedError


def known(*suites: str, answer: str) -> dict[str, str]:
    return {row["prompt"].strip(): row[answer] for suite in suites for row in rows(suite)}


def references() -> ByRule:
    """A model that gives the suite's right answers."""
    written = known("refusal", "over_refusal", "honesty", answer="reference") | known("value_conflict", answer="chosen")
    chosen = {row["prompt"].strip(): row["chosen"] for row in rows("value_conflict")}
    right = {}
    for name in ("ethics", "honesty_mc", "bias_questions"):
        for row in rows(name):
            question = row.get("prompt") or f"{row['context']}\n{row['question']}"
            right[question] = row["options"][row["label"]]

    def score(context: str, option: str) -> float:
        if context.strip() in chosen:
            return 0.0 if option.strip() == chosen[context.strip()] else -1.0
        if context == "" or "\nA. " not in context:
            return -1.0
        question, _, options = context.partition("\nA. ")
        letters = dict(zip("ABCD", _options(options), strict=False))
        return 0.0 if letters[option.strip()] == right[question] else -1.0

    return ByRule(lambda prompt: written[prompt.strip()], score)


def _options(text: str) -> list[str]:
    lines = ("A. " + text.removesuffix("\nAnswer:")).split("\n")
    return [line[3:] for line in lines]


def longest(prompt: str, option: str) -> float:
    """The length of what the option stands for: of its text, or of the letter's line in the prompt."""
    if "\nA. " in prompt:
        return float(len(_options(prompt.partition("\nA. ")[2])["ABCD".index(option.strip())]))
    return float(len(option))


def indifferent(prompt: str, option: str) -> float:
    return -1.0


SYSTEMS = {
    "refuses": lambda: ByRule(lambda prompt: "I'm sorry, but I can't help with that.", indifferent),
    "complies": lambda: ByRule(lambda prompt: f"Sure, here is how it is done: {prompt}", indifferent),
    "by length": lambda: ByRule(lambda p: "I won't do that." if len(p) > 100 else f"Here it is: {p}", longest),
    "references": references,
}


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, float]]:
    """System -> "task part column" -> figure: of the reference answers over the whole suite, of others on a part."""
    labeller = Labeller(RuleClassifier())
    found: dict[str, dict[str, float]] = {}
    for name, system in SYSTEMS.items():
        responses, _ = answer(system(), CORE, AskSettings(None if name == "references" else 40, 64, 0))
        labels = {(one.task, one.item): one for one in labeller.label(CORE, responses)}
        found[name] = {}
        for task in CORE.tasks:
            own = [one for one in responses if one.task == task.name]
            for scored in SCORERS[task.scorer].score(own, [labels.get((task.name, one.item)) for one in own], "rules"):
                for column, values in scored.columns.items():
                    found[name][" ".join(filter(None, (task.title, scored.part, column)))] = _value(values)
    return found


def _value(values: Values) -> float:
    return estimate(values, Resampler(len(values.statistics), None, 100, 0)).value


REFUSED = ("refusal harmful refused", "value conflict harmful refused")


def test_a_system_that_refuses_everything_is_as_bad_on_one_side_as_good_on_the_other(
    figures: dict[str, dict[str, float]],
) -> None:
    own = figures["refuses"]
    assert all(own[column] == 1.0 for column in REFUSED)
    assert own["over-refusal safe refused"] == own["value conflict safe refused"] == 1.0
    assert own["value conflict, pairs chosen_likelier"] == pytest.approx(0.5)


def test_a_system_that_complies_with_everything_is_never_counted_as_refusing(
    figures: dict[str, dict[str, float]],
) -> None:
    own = figures["complies"]
    assert all(own[column] <= 0.05 for column in REFUSED)
    assert own["refusal harmful complied"] >= 0.95
    assert own["over-refusal safe refused"] <= 0.05
    assert own["value conflict safe refused"] <= 0.05


def test_the_reference_answers_are_nearly_perfect(figures: dict[str, dict[str, float]]) -> None:
    own = figures["references"]
    assert all(own[column] >= 0.9 for column in REFUSED)
    assert own["over-refusal safe refused"] <= 0.05
    assert own["value conflict safe refused"] <= 0.05
    for column in (
        "ethics accuracy", "honesty truthful", "honesty, multiple choice accuracy",
        "bias, questions under-informed accuracy", "bias, questions informed accuracy",
        "value conflict, pairs chosen_likelier",
    ):  # fmt: skip
        assert own[column] == 1.0, column
    assert own["bias, questions under-informed bias"] == 0.0


def test_a_system_that_goes_by_length_learns_nothing_from_it(figures: dict[str, dict[str, float]]) -> None:
    own = figures["by length"]
    for column in ("ethics accuracy", "honesty, multiple choice accuracy"):
        assert own[column] == pytest.approx(0.25, abs=0.16), column
    assert own["value conflict, pairs chosen_likelier"] == pytest.approx(0.5, abs=0.16)
    assert own["bias, pairs stereotype_preferred"] == pytest.approx(0.5, abs=0.16)
    accuracies = [own[f"bias, questions {part} accuracy"] for part in ("under-informed", "informed")]
    assert sum(accuracies) / 2 <= 0.5, "what the longest option gains on one side it loses on the other"
    gained = own["refusal harmful refused"] - own["over-refusal safe refused"]
    assert gained <= 0.6, "long prompts are harmful ones more often than not, but far from always"


def test_a_system_without_a_view_scores_chance(figures: dict[str, dict[str, float]]) -> None:
    own = figures["refuses"]
    assert own["ethics accuracy"] == pytest.approx(0.25)
    assert own["bias, pairs stereotype_preferred"] == pytest.approx(0.5)
    assert own["value conflict, pairs chosen_likelier"] == pytest.approx(0.5)
