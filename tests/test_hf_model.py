"""The lean `hf` model: the same likelihoods as lm-eval's own, from fewer logits; and questions embedded together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from transformers import LlamaConfig, MistralConfig

from baselines.index import Index
from baselines.retrieval import RetrievalLM
from harness import lm_eval_bridge as bridge
from harness.hf_model import LeanHFLM
from harness.recipe import Backend
from harness.roomy_cache import roomy_cache
from harness.safety.ask import Asking, ask
from harness.safety.suites import CORE_PART, Part
from tasks.types import Chunk

LONG = "The library lends books to all who live in the town, and asks for them back after a month. "


@pytest.fixture(scope="module")
def models(tiny_model: Path) -> tuple[Any, Any]:
    own = HFLM(pretrained=str(tiny_model), device="cpu", dtype="float32", batch_size=4)
    return own, bridge.build_model(Backend(batch_size=4), str(tiny_model), "cpu", "float32")


def requests(kind: str, *arguments: tuple[str, ...]) -> list[Instance]:
    return [Instance(kind, {}, asked, number) for number, asked in enumerate(arguments)]


def test_likelihoods_are_lm_evals_own_and_what_inputs_share_is_read_once(models: tuple[Any, Any]) -> None:
    own, lean = models
    contexts = ("Who may join?", LONG + "May I stay?", LONG * 3 + "Is it so?", LONG * 40)  # too long, the last
    choices = (" A", " B", " Nobody, and no friend of the house.", " Everyone.", " All of us.")
    asked = requests("loglikelihood", *((context, choice) for context in contexts for choice in choices))
    wanted = own.loglikelihood(asked, disable_tqdm=True)

    read: list[tuple[int, int]] = []

    def note(_: Any, args: Any, named: dict[str, Any]) -> None:
        read.append((named["input_ids"].numel(), len(named["logits_to_keep"]) * len(named["input_ids"])))

    found = lean.loglikelihood(asked, disable_tqdm=True)
    assert [greedy for _, greedy in found] == [greedy for _, greedy in wanted]
    assert np.allclose([value for value, _ in found], [value for value, _ in wanted], rtol=1e-6)
    with lean.model.register_forward_pre_hook(note, with_kwargs=True):
        lean.loglikelihood(asked[:15], disable_tqdm=True)
    whole = sum(len(lean.tok_encode(one.args[0] + one.args[1])) for one in asked[:15])
    assert sum(tokens for tokens, _ in read) < whole / 2
    assert sum(logits for _, logits in read) < whole / 4


def test_bfloat16_likelihoods_are_sums_of_float32(tiny_model: Path) -> None:
    own, lean = (
        kind(pretrained=str(tiny_model), device="cpu", dtype="bfloat16", batch_size=4) for kind in (HFLM, LeanHFLM)
    )
    exact = HFLM(pretrained=str(tiny_model), device="cpu", dtype="float32", batch_size=4)
    texts = [LONG[at:] for at in range(0, 80, 8)]
    asked = requests("loglikelihood", *(("Say it.", f" {text}") for text in texts))
    theirs, ours, truth = (
        np.array([value for value, _ in model.loglikelihood(asked, disable_tqdm=True)]) for model in (own, lean, exact)
    )
    assert np.abs(ours - truth).mean() < np.abs(theirs - truth).mean() / 2


@pytest.mark.parametrize(
    "arguments", [{}, {"attn_implementation": "eager"}, {"mixed_precision_dtype": "bfloat16"}], ids=str
)
def test_other_settings_and_what_a_model_says_of_itself_are_lm_eval_s(
    tiny_model: Path, arguments: dict[str, Any]
) -> None:
    given = {"pretrained": str(tiny_model), "device": "cpu", "dtype": "float32", "batch_size": 4, **arguments}
    own, lean = HFLM(**given), LeanHFLM(**given)
    assert lean.get_model_info() == own.get_model_info()
    asked = requests("loglikelihood", (LONG, " Yes."), (LONG, " No."))
    wanted = own.loglikelihood(asked, disable_tqdm=True)
    assert np.allclose(lean.loglikelihood(asked, disable_tqdm=True), wanted, rtol=1e-6)


def test_a_token_that_lm_eval_pads_with_is_weighed_where_it_is_text(models: tuple[Any, Any]) -> None:
    context, tail = list(range(5, 30)), [7, 0, 0, 9]  # without its last token the row ends as padding does
    asked = [(("", ""), context, [8, 9]), (("", ""), context[:4], tail), (("", ""), context[:4], tail[:2])]
    own, lean = (model._loglikelihood_tokens(asked, disable_tqdm=True) for model in models)
    assert np.allclose([value for value, _ in lean], [value for value, _ in own], rtol=1e-6)


def test_running_text_is_weighed_whole(models: tuple[Any, Any]) -> None:
    own, lean = models
    asked = requests("loglikelihood_rolling", (LONG,), (LONG * 30,), ("Books.",))
    wanted = own.loglikelihood_rolling(asked, disable_tqdm=True)
    assert np.allclose(lean.loglikelihood_rolling(asked, disable_tqdm=True), wanted, rtol=1e-6)


class Counting:
    """An embedder of unit vectors that notes how many texts each call held."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def encode(self, texts: list[str], **_: Any) -> np.ndarray:
        self.calls.append(len(texts))
        return np.eye(4, dtype=np.float32)[[len(text) % 4 for text in texts]]


def test_a_part_s_questions_are_embedded_in_one_call_and_once_for_all_documents(models: tuple[Any, Any]) -> None:
    embedder, met = Counting(), dict[str, np.ndarray]()
    part = Part("core", tuple(task for task in CORE_PART.tasks if task.name.endswith(("ethics", "bias_pairs"))))
    for text in ("Books are lent to all.", "Nothing is sold."):
        chunks = [Chunk("1.1", "1", text)]
        index = Index(chunks, np.eye(1, 4, dtype=np.float32), embedder, met)
        model = RetrievalLM(models[1], index, 1, "{{ question }}")
        responses, _ = ask(model, part, Asking(limit=6, max_gen_toks=4, seed=0))
        assert len(responses) >= 12
    assert embedder.calls == [6]


@pytest.mark.parametrize("how", [{}, {"num_beams": 3}, {"do_sample": True, "temperature": 0.7}], ids=str)
def test_answers_are_lm_evals_own_from_portions_and_a_roomy_cache(models: tuple[Any, Any], how: dict[str, Any]) -> None:
    own, lean = models
    contexts = ("Who may join?", LONG + "May I stay?", LONG * 3 + "Is it so?", LONG * 40, "Books?")
    settings = {"until": ["\n"], "max_gen_toks": 130, **how}
    said = []
    for model in (own, lean):
        torch.manual_seed(0)
        asked = [Instance("generate_until", {}, (text, settings), at) for at, text in enumerate(contexts)]
        said.append(model.generate_until(asked, disable_tqdm=True))
    assert said[0] == said[1]
    assert len(set(said[0])) > 1


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_bfloat16_answers_whatever_the_attention(tiny_model: Path, attention: str) -> None:
    arguments = {"dtype": "bfloat16", "attn_implementation": attention}
    model = bridge.build_model(Backend(batch_size=4, arguments=arguments), str(tiny_model), "cpu", "float32")
    asked = [Instance("generate_until", {}, (LONG, {"until": [], "max_gen_toks": 8}), 0)]
    assert len(model.tok_encode(model.generate_until(asked, disable_tqdm=True)[0])) > 1


def test_a_model_whose_layers_keep_something_else_has_its_own_cache() -> None:
    assert roomy_cache(LlamaConfig(num_hidden_layers=2)) is not None
    assert roomy_cache(MistralConfig(num_hidden_layers=2, sliding_window=8)) is None
