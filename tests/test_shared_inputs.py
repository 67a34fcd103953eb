"""Inputs in trees: every input is there once, sees itself alone, and any model that reads trees gives what it gave."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForCausalLM

from harness.cpu_attention import use_cpu_attention
from harness.shared_inputs import Row, batch, portions, reads_trees, rows
from harness.weighing import weigh
from tasks.errors import InputError

INPUTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple), min_size=1, max_size=20)


def drawn(count: int, seed: int) -> list[int]:
    return torch.randint(3, 96, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


@given(INPUTS, st.integers(1, 40))
def test_every_input_is_in_one_row_and_each_token_sees_what_it_follows(
    inputs: list[tuple[int, ...]], portion: int
) -> None:
    found: set[tuple[int, ...]] = set()
    for some in portions(rows(inputs), portion):
        given = batch(some, torch.device("cpu"))
        for at, row in enumerate(some):
            for tokens, path in row.paths.items():
                assert tokens not in found
                found.add(tokens)
                assert tuple(given["input_ids"][at, path].tolist()) == tokens
                assert given["position_ids"][at, path].tolist() == list(range(len(tokens)))
                for depth, place in enumerate(path):
                    assert given["attention_mask"][at, 0, place].nonzero()[:, 0].tolist() == path[: depth + 1]
    assert found == set(inputs)


def test_what_is_shared_is_there_once_and_strangers_lie_apart() -> None:
    passage, other = tuple(drawn(60, 0)), tuple(drawn(60, 1))
    asked = [(*passage, *[end] * 10) for end in (3, 4, 5)] + [other]
    assert sorted(len(row.tokens) for row in rows(asked)) == [60, 60 + 3 * 10]
    assert [len(row.tokens) for row in rows([passage, passage[:40], passage])] == [60]


def test_a_branch_that_would_look_past_too_much_gets_a_row_of_its_own() -> None:
    asked = [(1, *drawn(200, seed)) for seed in range(4)]  # one token in common, and long ends
    assert len(rows(asked)) == 4


BASE = {
    "vocab_size": 96, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 256, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


def model(kind: str, **settings: Any) -> Any:
    torch.manual_seed(0)
    made = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**BASE, **settings})).eval().float()
    for parameter in made.parameters():
        parameter.data.normal_(0, 0.08)
    return made


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("llama", {"num_key_value_heads": 2}),
        ("qwen3", {"num_key_value_heads": 2, "head_dim": 16}),
        ("gpt2", {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 256}),
        ("gpt_neox", {}),
        ("opt", {"ffn_dim": 96, "word_embed_proj_dim": 64}),
        ("granite", {"num_key_value_heads": 2}),  # scales its logits
        ("mixtral", {"num_key_value_heads": 2, "num_local_experts": 2}),
    ],
    ids=str,
)
def test_weighing_in_trees_is_weighing_one_by_one(kind: str, settings: dict[str, Any]) -> None:
    plain = model(kind, **settings)
    contexts = [drawn(90, 0) + drawn(10 + 7 * number, 1 + number) for number in range(3)]
    asked = [(context, drawn(1 + 5 * option, 9 + option)) for context in contexts for option in range(3)]
    wanted = []
    with torch.no_grad():
        for context, continuation in asked:
            logits = plain(torch.tensor([(context + continuation)[:-1]])).logits[0, -len(continuation) :]
            chosen = logits.log_softmax(-1).gather(1, torch.tensor(continuation)[:, None])
            wanted.append((float(chosen.sum()), logits.argmax(-1).tolist() == continuation))
    use_cpu_attention(plain)
    assert reads_trees(plain)
    told: list[int] = []
    found = weigh(plain, asked, 256, 300, told.append)
    assert [value for value, _ in found] == pytest.approx([value for value, _ in wanted], abs=1e-4)
    assert [greedy for _, greedy in found] == [greedy for _, greedy in wanted]
    assert sum(told) == len(asked)


def test_a_greedy_continuation_is_told_and_long_inputs_are_cut_on_the_left() -> None:
    plain = model("llama")
    context = drawn(30, 0)
    with torch.no_grad():
        written = plain.generate(torch.tensor([context]), max_new_tokens=4, do_sample=False)[0, 30:].tolist()
    use_cpu_attention(plain)
    cut = [(drawn(50, 1) + context, written)]
    assert [greedy for _, greedy in weigh(plain, [(context, written)], 256, 100, lambda _: None)] == [True]
    apart, long = (weigh(plain, asked, 20, 100, lambda _: None) for asked in ([(context, written)], cut))
    assert apart == long


def test_a_continuation_that_no_input_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="a continuation of 9 tokens; the model reads 8 at most"):
        weigh(None, [([1], [2] * 9)], 8, 100, lambda _: None)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("mistral", {"num_key_value_heads": 2, "sliding_window": 8}),
        ("bloom", {"n_layer": 2, "n_head": 4}),
        ("falcon", {"alibi": True}),
        ("mamba", {}),
    ],
    ids=str,
)
def test_models_that_look_back_otherwise_read_inputs_one_by_one(kind: str, settings: dict[str, Any]) -> None:
    made = model(kind, **settings)
    use_cpu_attention(made)
    assert not reads_trees(made)


def test_without_valign_s_attention_inputs_are_read_one_by_one() -> None:
    assert not reads_trees(model("llama"))


def test_a_row_is_what_it_says() -> None:
    row = Row()
    row.add((5, 6, 7), [])
    row.add((5, 6, 8), row.paths[5, 6, 7][:2])
    assert (row.tokens, row.depths, row.ends) == ([5, 6, 7, 8], [0, 1, 2, 2], [4, 4, 3, 4])
