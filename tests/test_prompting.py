"""Prompting methods train nothing: the document, its passages or examples come into the conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baselines.methods.few_shot import Examples
from baselines.methods.few_shot import fixed as fixed_examples
from baselines.methods.prompted import SystemPrompt
from baselines.model import ConversationLM
from baselines.prompting import PromptJob, PromptMethod
from baselines.registry import METHODS
from baselines.retrieval.index import Index
from baselines.retrieval.model import RetrievalLM
from baselines.retrieval.passages import passages_of
from harness.models.backends import build_model
from harness.models.lm_eval_runs import answers_of, evaluate, likelihoods_of, task_config
from harness.recipe import parse_recipe
from harness.recipe.recipe import Backend
from harness.run.plan import check_stages, make_plan
from tasks.data.folder import DataFolder
from valign.embedding import Embedder
from valign.errors import InputError
from valign.models.locate import MINILM, locate

QUESTION = [{"role": "user", "content": "Must I wear a helmet?"}]


@pytest.fixture(scope="module")
def inner(tiny_model: Path) -> Any:
    return build_model(Backend(batch_size=4), str(tiny_model), "cpu", "float32")


@pytest.fixture
def data(data_folder: Path) -> DataFolder:
    return DataFolder("library", data_folder)


@pytest.fixture
def index(data: DataFolder) -> Index:
    embedder = Embedder(locate(MINILM))
    passages = passages_of(data.document(), embedder.count_tokens, 256, merge=False)
    return Index(passages, embedder.vectors([p for one in passages for p in one.titled_pieces]), embedder)


def job(data: DataFolder, method: str, index: Index | None = None, **given: Any) -> PromptJob:
    found = METHODS.find(method)
    assert isinstance(found, PromptMethod)
    return PromptJob(data, found.settings(given), index, 1 if index else 0)


def rendered(inner: Any, *turns: tuple[str, str]) -> Any:
    return inner.apply_chat_template([{"role": role, "content": content} for role, content in turns], True)


def test_prompted_shows_the_whole_document_as_system_turn(inner: Any, data: DataFolder) -> None:
    shown = ConversationLM(inner, SystemPrompt(job(data, "prompted"))).apply_chat_template(QUESTION)
    system, _, asked = shown.partition("Must I wear a helmet?")
    assert 'the document "Rules of the Library"' in system
    places = [system.index(section.text) for section in data.document().sections]
    assert places == sorted(places)
    assert "Safety\nWear a helmet" in system
    assert rendered(inner, ("user", QUESTION[0]["content"])).endswith(asked)


def test_prompted_with_retrieval_shows_the_passages_and_records_them(
    inner: Any, data: DataFolder, index: Index
) -> None:
    model = ConversationLM(inner, SystemPrompt(job(data, "prompted", index)))
    shown = model.apply_chat_template(QUESTION)
    assert "Safety\nWear a helmet in the old tower." in shown
    assert "calendar" not in shown
    assert [one.passage.id for one in model.retrieved[shown]] == ["safety.1"]


def test_a_system_turn_that_is_there_already_follows_the_document(inner: Any, data: DataFolder) -> None:
    turns = [{"role": "system", "content": "Be kind."}, *QUESTION]
    shown = ConversationLM(inner, SystemPrompt(job(data, "prompted"))).apply_chat_template(turns)
    assert shown.index("Report broken steps at once.") < shown.index("Be kind.") < shown.index("Must I wear")
    assert turns[0]["content"] == "Be kind.", "the caller's messages stay as they were"


def test_a_template_without_a_system_turn_gets_the_document_in_the_first_user_turn(
    tiny_model: Path, data: DataFolder
) -> None:
    """lm-eval leaves a system turn out where the template refuses it, as Mistral's and Gemma's do."""
    inner = build_model(Backend(batch_size=4), str(tiny_model), "cpu", "float32")
    inner.tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    turns = [{"role": "system", "content": "Be kind."}, *QUESTION]
    for history in (QUESTION, turns):
        shown = ConversationLM(inner, SystemPrompt(job(data, "prompted"))).apply_chat_template(history)
        assert shown.startswith("<user>You answer questions about the document")
        assert shown.endswith("\n\nMust I wear a helmet?")
        assert ("Be kind." in shown) == (history is turns)


def test_nearest_examples_are_earlier_turns_the_most_similar_last(inner: Any, data: DataFolder) -> None:
    model = ConversationLM(inner, Examples(job(data, "few-shot", examples=2)))
    shown = model.apply_chat_template([{"role": "user", "content": "May I telephone while I read?"}])
    near = [item.prompt for item in model.change.examples("May I telephone while I read?")]
    assert all("telephone" in prompt for prompt in near)
    answer = "No. Telephones stay switched off."
    wanted = [("user", near[0]), ("assistant", answer), ("user", near[1]), ("assistant", answer)]
    assert shown == rendered(inner, *wanted, ("user", "May I telephone while I read?"))
    vectors = Embedder(locate(MINILM)).vectors(["May I telephone while I read?", *near])
    assert vectors[1] @ vectors[0] <= vectors[2] @ vectors[0]


def test_a_training_question_is_not_its_own_example(inner: Any, data: DataFolder) -> None:
    asked = data.instructions()[0].prompt
    assert asked not in [item.prompt for item in Examples(job(data, "few-shot")).examples(asked)]


def test_fixed_examples_are_the_same_for_every_question_and_spread_over_sections(inner: Any, data: DataFolder) -> None:
    model = ConversationLM(inner, Examples(job(data, "few-shot", choose="fixed", examples=3)))
    assert model.change.examples("quiet") == model.change.examples("gifts") == fixed_examples(data.instructions(), 3)
    assert [item.section for item in model.change.examples("quiet")] == ["gifts", "quiet", "gifts"]
    assert len(fixed_examples(data.instructions(), 99)) == len(data.instructions())


def test_few_shot_with_retrieval_has_its_passages_in_the_last_turn_alone(
    inner: Any, data: DataFolder, index: Index
) -> None:
    retrieving = RetrievalLM(inner, index, 1, "{% for p in passages %}<{{ p }}>{% endfor %} {{ question }}")
    model = ConversationLM(retrieving, Examples(job(data, "few-shot", examples=1)))
    shown = model.apply_chat_template(QUESTION)
    assert shown.count("<Safety\nWear a helmet") == 1
    assert shown.index("<Safety\nWear") > shown.index(model.change.examples("Must I wear a helmet?")[0].completion)
    assert [one.passage.id for one in model.retrieved[shown]] == ["safety.1"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["prompted", "few-shot"])
def test_through_lm_eval_both_kinds_of_task_see_the_changed_conversation(
    name: str, inner: Any, data: DataFolder, index: Index
) -> None:
    method = METHODS.find(name)
    assert isinstance(method, PromptMethod)
    model = ConversationLM(inner, method.change(job(data, name, index if method.retrieves else None)))
    generated = evaluate(model, task_config(data, "heldout"), None, {"max_gen_toks": 4, "do_sample": False}, seed=0)
    answers = answers_of(generated, model)
    assert [answer.item for answer in answers] == [item.id for item in data.held_out()]
    assert all(bool(answer.retrieved) == method.retrieves for answer in answers)
    results = evaluate(model, task_config(data, "preference"), None, None, seed=0)
    plain = likelihoods_of(evaluate(inner, task_config(data, "preference"), None, None, seed=0), inner)
    for changed, unchanged in zip(likelihoods_of(results, model), plain, strict=True):
        assert changed.chosen < 0
        assert changed.chosen != unchanged.chosen
    (samples,) = results["samples"].values()
    for sample, pair in zip(sorted(samples, key=lambda s: s["doc_id"]), data.held_out_preferences(), strict=True):
        for shown in (arguments[0] for arguments in sample["arguments"]):
            assert shown == model.apply_chat_template([{"role": "user", "content": pair.prompt}])


def plan_of(recipe: dict[str, Any]) -> Any:
    return make_plan(parse_recipe(recipe, "recipe"))


def with_systems(recipe: dict[str, Any], *systems: dict[str, Any], **methods: Any) -> dict[str, Any]:
    return {
        **recipe, "systems": [*recipe["systems"], *systems], "methods": {**recipe["methods"], **methods},
        "limit": None,
    }  # fmt: skip


PROMPTED = {"name": "prompted", "method": "prompted"}


def test_prompting_costs_no_checkpoint_and_asks_what_it_prompts(tiny_recipe: dict[str, Any]) -> None:
    systems = (PROMPTED, {"name": "shots-on-sft", "method": "shots"})
    plan = plan_of(with_systems(tiny_recipe, *systems, shots={"method": "few-shot", "starts_from": "sft"}))
    checkpoints = {stage.method: stage for stage in plan.stages if stage.kind == "checkpoint"}
    assert set(checkpoints) == {"c-fine-tuned", "sft", "dpo"}
    answers = {stage.system.name: stage for stage in plan.stages if stage.kind == "answers"}
    assert answers["prompted"].checkpoint is None
    assert answers["shots-on-sft"].checkpoint is checkpoints["sft"]
    assert answers["shots-on-sft"].batch == answers["sft"].batch


def test_other_systems_fingerprints_know_nothing_of_prompting(tiny_recipe: dict[str, Any]) -> None:
    recipe = {**tiny_recipe, "limit": None}
    alone = {stage.id for stage in plan_of(recipe).stages if stage.kind in ("checkpoint", "answers", "likelihoods")}
    assert alone <= {stage.id for stage in plan_of(with_systems(recipe, PROMPTED)).stages}


@pytest.mark.parametrize(
    ("systems", "methods", "said"),
    [
        ([PROMPTED], {"prompted": {"lora": {"r": 4}}}, "prompted trains nothing; no lora, no seed"),
        ([PROMPTED], {"prompted": {"settings": {"promt": "x"}}}, "'promt': did you mean 'prompt'"),
        ([{"name": "f", "method": "few-shot"}], {"few-shot": {"settings": {"examples": "two"}}}, "expected int"),
        ([{"name": "f", "method": "few-shot"}], {"few-shot": {"settings": {"examples": 0}}}, "expected 1 or more"),
        ([{"name": "f", "method": "few-shot"}], {"few-shot": {"settings": {"choose": "best"}}}, "nearest or fixed"),
        ([{"name": "s", "method": "more"}], {"more": {"method": "sft", "starts_from": "prompted"}}, "trains nothing"),
    ],
)
def test_what_cannot_be_prompted_is_refused_before_anything_starts(
    systems: list[dict[str, Any]], methods: dict[str, Any], said: str, tiny_recipe: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as raised:
        check_stages(plan_of(with_systems(tiny_recipe, *systems, **methods)).stages)
    assert said in str(raised.value)


def test_a_document_beyond_the_context_is_refused_with_what_to_do(tiny_recipe: dict[str, Any]) -> None:
    """The tiny model's context is 512 tokens."""
    recipe = with_systems({**tiny_recipe, "documents": ["udhr"]}, PROMPTED)
    answers = next(s for s in plan_of(recipe).stages if s.kind == "answers" and s.system.name == "prompted")
    with pytest.raises(InputError, match=r"tokens, and .* room for 504; give the system `retrieval: true`"):
        answers.check()
    recipe["systems"][-1] = {**PROMPTED, "retrieval": True}
    next(s for s in plan_of(recipe).stages if s.kind == "answers" and s.system.name == "prompted").check()
