"""lm-eval's `hf` model as a CPU is quick at it; on anything else it is lm-eval's own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lm_eval.models.huggingface import HFLM
from tqdm import tqdm

from harness.cpu_attention import use_cpu_attention
from harness.roomy_cache import roomy_cache
from harness.shared_inputs import reads_trees
from harness.weighing import weigh
from tasks.quick_linear import quicken

#: Tokens that a CPU takes at a time: of a small model its cache then holds the activations. Results are lm-eval's up to
#: rounding; `benchmarks/answer_speed.py` says how many differ, and how much time it saves.
_PORTION = 4096


class LeanHFLM(HFLM):
    """`HFLM` that on a CPU reads what inputs have in common once, computes the logits of continuations alone, keeps
    keys and values where they need no copying, and uses the layers and the attention that are quick there.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `HFLM`."""
        super().__init__(*args, **kwargs)
        self._encode = lru_cache(maxsize=4096)(super().tok_encode)
        if self.device.type == "cpu" and self.backend == "causal":
            use_cpu_attention(self.model)
        one_precision = self.mixed_precision_dtype is None
        self._reads_trees = one_precision and reads_trees(self.model)
        self._info = super().get_model_info()  # before its layers have no parameters to count
        if self.device.type == "cpu" and one_precision:
            quicken(self.model)

    def get_model_info(self) -> dict[str, Any]:
        """As `HFLM`."""
        return self._info

    def tok_encode(self, string: str, *args: Any, **kwargs: Any) -> list[int]:
        """As `HFLM`; a context is encoded once for all its continuations, for sorting and for measuring."""
        return list(self._encode(string, *args, **kwargs))

    def _loglikelihood_tokens(
        self, requests: Any, disable_tqdm: bool = False, override_bs: int | None = None
    ) -> list[tuple[float, bool]]:
        """As `HFLM`, but what inputs have in common is read once, and probabilities are float32."""
        if not self._reads_trees:
            return super()._loglikelihood_tokens(requests, disable_tqdm, override_bs)
        asked = [(context, continuation) for _, context, continuation in requests]
        with tqdm(total=len(asked), disable=disable_tqdm, desc="Running loglikelihood requests") as progress:
            found = weigh(self.model, asked, self.max_length, _PORTION, progress.update)
        for (texts, _, _), answer in zip(requests, found, strict=True):
            if texts is not None:  # running text goes through here in windows, which lm-eval's cache does not keep
                self.cache_hook.add_partial("loglikelihood", texts, answer)
        return found

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
