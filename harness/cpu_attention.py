"""Attention on a CPU for a model that reads a prompt in portions and then writes a token at a time.

torch's fused kernel spends most of a small model's time: it is built for long queries, computes what a causal mask
then hides, and for a single query is slower than two products and a softmax. Results are its own up to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

NAME = "valign_cpu"
#: Queries of a block: it sees the keys up to its own end and none beyond.
_BLOCK = 64
#: What a call may ask for besides, and only torch's kernel gives.
_SPECIAL = ("softcap", "position_bias", "cache", "output_attentions")


def use_cpu_attention(model: Any) -> None:
    """Give a transformers model that uses torch's fused attention this one; any other is left as it is."""
    if getattr(model.config, "_attn_implementation", None) == "sdpa":
        ALL_ATTENTION_FUNCTIONS.register(NAME, attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, sdpa_mask)
        model.set_attn_implementation(NAME)


def attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, dropout: float = 0.0,
    scaling: float | None = None, is_causal: bool | None = None, **kwargs: Any,
) -> tuple[Any, None]:  # fmt: skip
    """As transformers' `sdpa_attention_forward`: `query` of shape (batch, heads, queries, width), `key` and `value` of
    (batch, heads, keys, width) to (batch, queries, heads, width).
    """
    queries, keys = query.shape[2], key.shape[2]
    plain = query.shape[1] == key.shape[1] and not dropout and not any(kwargs.get(name) for name in _SPECIAL)
    if plain and queries == 1:
        return _one_query(query, key, value, attention_mask, scaling).transpose(1, 2).contiguous(), None
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    if plain and causal and attention_mask is None and _BLOCK < queries == keys:
        return _causal(query, key, value, scaling).transpose(1, 2).contiguous(), None
    return sdpa_attention_forward(
        module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, is_causal=is_causal, **kwargs
    )


def _one_query(query: Any, key: Any, value: Any, mask: Any, scaling: float | None) -> Any:
    scores = torch.matmul(query, key.transpose(2, 3)) * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min) if mask.dtype == torch.bool else scores + mask
    return torch.matmul(torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype), value)


def _causal(query: Any, key: Any, value: Any, scaling: float | None) -> Any:
    length, parts = query.shape[2], []
    seen = torch.ones(length, length, dtype=torch.bool, device=query.device).tril()
    for start in range(0, length, _BLOCK):
        end = min(start + _BLOCK, length)
        parts.append(
            torch.nn.functional.scaled_dot_product_attention(
                query[:, :, start:end], key[:, :, :end], value[:, :, :end], seen[start:end, :end], scale=scaling
            )
        )
    return torch.cat(parts, dim=2)
