"""lm-eval's `hf` model without work whose result it throws away, and in portions that a processor's cache holds."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

import torch
from lm_eval.models.huggingface import HFLM

from harness.cpu_attention import use_cpu_attention
from harness.roomy_cache import roomy_cache

#: What lm-eval's `pad_and_concat` fills a row with.
_PADDING = 0
#: Tokens that a CPU takes at a time: of a small model its cache then holds the activations. Results are lm-eval's up to
#: rounding; `benchmarks/answer_speed.py` says how many differ, and how much time it saves.
_PORTION = 4096


class LeanHFLM(HFLM):
    """`HFLM` that computes the logits of continuations alone, and takes long batches in portions on a CPU.

    A logit depends on its own position's hidden state, and rows do not depend on one another.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `HFLM`."""
        super().__init__(*args, **kwargs)
        self._spans: dict[tuple[int, ...], tuple[int, int]] = {}
        self._encode = lru_cache(maxsize=4096)(super().tok_encode)
        self._trims = self.backend == "causal" and "logits_to_keep" in inspect.signature(self.model.forward).parameters
        if self.device.type == "cpu" and self.backend == "causal":
            use_cpu_attention(self.model)

    def tok_encode(self, string: str, *args: Any, **kwargs: Any) -> list[int]:
        """As `HFLM`; a context is encoded once for all its continuations, for sorting and for measuring."""
        return list(self._encode(string, *args, **kwargs))

    def _loglikelihood_tokens(self, requests: Any, *args: Any, **kwargs: Any) -> Any:
        """As `HFLM`, but one-token continuations apart from longer ones, whose many logits their batch would share."""
        found: dict[int, Any] = {}
        for single in (False, True):
            places = [at for at, request in enumerate(requests) if (len(request[2]) == 1) == single]
            if places:
                chosen = [requests[at] for at in places]
                self._spans = _spans(chosen, self.max_length)
                found.update(zip(places, super()._loglikelihood_tokens(chosen, *args, **kwargs), strict=True))
        self._spans = {}
        return [found[at] for at in range(len(requests))]

    def _model_call(self, inps: Any, *args: Any, **kwargs: Any) -> Any:
        """Logits of shape (batch, kept, vocabulary): the last positions, from where the first continuation begins.

        lm-eval counts a row's positions from the end of what it is given.
        """
        if not (self._trims and self._spans):
            return super()._model_call(inps, *args, **kwargs)
        width = inps.shape[1]
        rows = max(1, _PORTION // width) if self.device.type == "cpu" else len(inps)
        spans = [self._spans.get(_unpadded(row), (0, width)) for row in inps.tolist()]
        offset, precision, parts = min(start for start, _ in spans), self.mixed_precision_dtype, []
        with torch.no_grad(), torch.autocast(self.device.type, precision, enabled=precision is not None):
            for at in range(0, len(inps), rows):
                first = min(start for start, _ in spans[at : at + rows])
                end = max(end for _, end in spans[at : at + rows])
                logits = self.model(inps[at : at + rows, :end], logits_to_keep=end - first).logits
                parts.append(torch.nn.functional.pad(logits, (0, 0, first - offset, width - end)))
        return torch.cat(parts)

    def _model_generate(self, context: Any, *args: Any, **kwargs: Any) -> Any:
        """As `HFLM`; on a CPU prompts are read some columns at a time, into a cache that has room for the answers."""
        on_cpu = self.device.type == "cpu" and self.backend == "causal"
        if on_cpu and (cache := roomy_cache(self.model.config)) is not None:
            kwargs = {"prefill_chunk_size": max(1, _PORTION // len(context)), "past_key_values": cache, **kwargs}
        if "stop" in kwargs and self.eot_token_id in _ids(self.model.generation_config.eos_token_id):
            # transformers stops at the token itself; lm-eval would decode every row after every token to see its text.
            end = self.tok_decode(self.eot_token_id, skip_special_tokens=False)
            kwargs["stop"] = [text for text in kwargs["stop"] if text != end]
        return super()._model_generate(context, *args, **kwargs)


def _ids(one_or_more: int | list[int] | None) -> list[int]:
    return one_or_more if isinstance(one_or_more, list) else [] if one_or_more is None else [one_or_more]


def _spans(requests: Any, length: int) -> dict[tuple[int, ...], tuple[int, int]]:
    """Of each input that is weighed, by its tokens: where the wanted logits begin, and where it ends."""
    spans: dict[tuple[int, ...], tuple[int, int]] = {}
    for _, context, continuation in requests:
        row = (context + continuation)[-(length + 1) :][:-1]
        key, start = _unpadded(row), max(len(row) - len(continuation), 0)
        known = spans.get(key, (start, 0))
        spans[key] = min(start, known[0]), max(len(row), known[1])
    return spans


def _unpadded(row: list[int]) -> tuple[int, ...]:
    end = len(row)
    while end and row[end - 1] == _PADDING:
        end -= 1
    return tuple(row[:end])
