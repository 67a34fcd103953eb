"""Attention on a CPU is torch's own up to rounding, for every shape that prompts and answers give it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from harness.cpu_attention import NAME, attention, use_cpu_attention

MODULE = SimpleNamespace(is_causal=True, num_key_value_groups=1)


def drawn(queries: int, keys: int, heads: int = 4, key_heads: int = 4) -> tuple[Any, Any, Any]:
    generator = torch.Generator().manual_seed(queries * 1000 + keys)
    sizes = ((heads, queries), (key_heads, keys), (key_heads, keys))
    query, key, value = (torch.randn(3, h, n, 16, generator=generator) for h, n in sizes)
    return query, key, value


def padded(queries: int, keys: int) -> Any:
    """A causal mask in which the first row of the batch has 5 tokens of padding before its text, as sdpa_mask gives."""
    mask = torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries).expand(3, 1, queries, keys).clone()
    mask[0, :, :, :5] = False
    mask[0, :, range(min(queries, 5)), range(min(queries, 5))] |= queries == keys  # no row sees nothing at all
    return mask


@pytest.mark.parametrize(
    ("queries", "keys", "masked"),
    [
        *((n, k, True) for n, k in ((1, 1), (1, 90), (64, 64), (65, 65), (200, 200), (70, 150))),
        *((n, k, False) for n, k in ((1, 1), (1, 90), (64, 64), (65, 65), (200, 200))),
    ],
)
def test_it_gives_what_torch_s_kernel_gives(queries: int, keys: int, masked: bool) -> None:
    parts, mask = drawn(queries, keys), padded(queries, keys) if masked else None
    wanted, _ = sdpa_attention_forward(MODULE, *parts, mask, scaling=0.3)
    found, weights = attention(MODULE, *parts, mask, scaling=0.3)
    assert weights is None
    assert found.shape == wanted.shape == (3, queries, 4, 16)
    assert torch.allclose(found, wanted, atol=1e-6)
    without = None if mask is None else torch.where(mask, 0.0, torch.finfo(torch.float32).min)
    assert torch.allclose(attention(MODULE, *parts, without, scaling=0.3)[0], wanted, atol=1e-6)


def test_grouped_keys_are_left_to_torch() -> None:
    module, parts = SimpleNamespace(is_causal=True, num_key_value_groups=2), drawn(1, 40, 4, 2)
    wanted, _ = sdpa_attention_forward(module, *parts, None, scaling=0.3)
    assert torch.equal(attention(module, *parts, None, scaling=0.3)[0], wanted)


def test_a_model_that_asks_for_another_attention_keeps_it(tiny_model: Path) -> None:
    for wanted, found in (("sdpa", NAME), ("eager", "eager")):
        model = AutoModelForCausalLM.from_pretrained(tiny_model, attn_implementation=wanted)
        use_cpu_attention(model)
        assert model.config._attn_implementation == found


@torch.no_grad()
def test_a_model_says_the_same_with_it(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    ids = torch.randint(5, 60, (3, 150), generator=torch.Generator().manual_seed(0))
    shown = torch.ones_like(ids)
    shown[0, :9] = 0
    before = [model(ids).logits, model(ids, attention_mask=shown).logits[:, 9:]]
    use_cpu_attention(model)
    after = [model(ids).logits, model(ids, attention_mask=shown).logits[:, 9:]]
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
