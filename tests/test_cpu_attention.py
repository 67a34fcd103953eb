"""The attention of answers on a CPU: torch's own results, for the models that use torch's own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from harness.cpu_attention import NAME, attention, use_cpu_attention


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("mask", ["none", "seen", "added"])
@pytest.mark.parametrize("key_heads", [8, 2])
@pytest.mark.parametrize("queries", [1, 5])
def test_it_gives_what_torch_s_kernel_gives(queries: int, key_heads: int, mask: str) -> None:
    query, key, value = (
        drawn(3, 8, queries, 16),
        drawn(3, key_heads, 40, 16, seed=1),
        drawn(3, key_heads, 40, 16, seed=2),
    )
    seen = torch.ones(3, 1, queries, 40, dtype=torch.bool)
    seen[1, :, :, :7] = False
    told = {"none": None, "seen": seen, "added": torch.zeros(seen.shape).masked_fill(~seen, -1e9)}[mask]
    wanted = torch.nn.functional.scaled_dot_product_attention(query, key, value, told, scale=0.3, enable_gqa=True)
    module = SimpleNamespace(is_causal=False, num_key_value_groups=8 // key_heads, training=False)
    apart = key.transpose(2, 3).contiguous().transpose(2, 3)  # as the roomy cache lays keys
    for laid in (key, apart):
        found, _ = attention(module, query, laid, value, told, scaling=0.3)
        assert torch.allclose(found.transpose(1, 2), wanted, atol=1e-6)


@pytest.mark.parametrize("key_heads", [8, 2])
@pytest.mark.parametrize("tokens", [64, 65, 200])
def test_a_prompt_s_blocks_see_what_a_causal_mask_shows(tokens: int, key_heads: int) -> None:
    query, key, value = (drawn(2, heads, tokens, 16, seed=heads) for heads in (8, key_heads, key_heads + 1))
    value = value[:, :key_heads]
    wanted = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
    module = SimpleNamespace(is_causal=True, num_key_value_groups=8 // key_heads, training=False)
    found, _ = attention(module, query, key, value, None)
    assert torch.allclose(found.transpose(1, 2), wanted, atol=1e-6)


def test_bfloat16_loses_no_more_than_in_torch_s_kernel() -> None:
    query, key, value = (3 * drawn(4, 8, tokens, 32, seed=seed) for seed, tokens in enumerate((1, 300, 300)))
    half = [part.bfloat16() for part in (query, key, value)]
    exact = torch.nn.functional.scaled_dot_product_attention(*(part.float() for part in half))
    theirs = torch.nn.functional.scaled_dot_product_attention(*half)
    ours, _ = attention(None, half[0], half[1].float(), half[2], None)
    assert (ours.transpose(1, 2) - exact).abs().mean() < 1.5 * (theirs - exact).abs().mean()


@pytest.mark.parametrize(("asked", "used"), [("sdpa", NAME), ("eager", "eager")])
def test_a_model_that_asks_for_another_attention_keeps_it(asked: str, used: str) -> None:
    config = LlamaConfig(
        hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, vocab_size=16,
        attn_implementation=asked,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    use_cpu_attention(model)
    assert model.config._attn_implementation == used
