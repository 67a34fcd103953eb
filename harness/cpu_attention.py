"""Attention on a CPU: torch's fused kernel, but in blocks that see no later key, and without it for a single query.

Under a causal mask the kernel saves little of what the mask hides, and it is built for long queries: for the one of a
model that writes token by token two products and a softmax are faster, above all where keys lie as `roomy_cache` lays
them. Results are the kernel's up to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

NAME = "valign_cpu"
#: Queries of a block.
_BLOCK = 64
#: What a model may ask for besides, and only transformers' own function knows.
_SPECIAL = ("softcap", "position_bias", "s_aux")


def use_cpu_attention(model: Any) -> None:
    """Give a transformers model that uses torch's fused attention this one; any other is left as it is."""
    if getattr(model.config, "_attn_implementation", None) == "sdpa":
        ALL_ATTENTION_FUNCTIONS.register(NAME, attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, sdpa_mask)
        model.set_attn_implementation(NAME)


def has_cpu_attention(config: Any) -> bool:
    """Whether a transformers model of `config` uses this attention."""
    return getattr(config, "_attn_implementation", None) == NAME


def attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, dropout: float = 0.0,
    scaling: float | None = None, is_causal: bool | None = None, **kwargs: Any,
) -> tuple[Any, None]:  # fmt: skip
    """As transformers' `sdpa_attention_forward`: `query` of shape (batch, heads, queries, width), `key` and `value` of
    (batch, key heads, keys, width) to (batch, queries, heads, width).
    """
    queries, keys = query.shape[2], key.shape[2]
    ours = not dropout and all(kwargs.get(name) is None for name in _SPECIAL)
    if ours and queries == 1:
        return _one_query(query, key, value, attention_mask, scaling), None
    kwargs |= {"dropout": dropout, "scaling": scaling, "is_causal": is_causal}
    key = key.to(query.dtype)
    if key.stride(-1) != 1:  # laid for a single query, and there are more
        key = key.contiguous()
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    if not (ours and causal and _BLOCK < queries == keys):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    seen, blocks = attention_mask, []
    if seen is None:
        seen = torch.ones(1, 1, queries, queries, dtype=torch.bool).tril()
    for start in range(0, queries, _BLOCK):
        end = min(start + _BLOCK, queries)
        parts = query[:, :, start:end], key[:, :, :end], value[:, :, :end]
        blocks.append(sdpa_attention_forward(module, *parts, seen[:, :, start:end, :end], **kwargs)[0])
    return torch.cat(blocks, dim=1), None


def _one_query(query: Any, key: Any, value: Any, mask: Any, scaling: float | None) -> Any:
    batch, heads, _, width = query.shape
    grouped = query.reshape(batch, key.shape[1], -1, width)  # queries that share a key head stand together
    scores = torch.matmul(grouped.float() * (width**-0.5 if scaling is None else scaling), key.transpose(2, 3).float())
    if mask is not None:
        hidden = torch.finfo(scores.dtype).min
        scores = scores.masked_fill(~mask, hidden) if mask.dtype == torch.bool else scores + mask
    mixed = torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)
    return mixed.reshape(batch, 1, heads, width)
