"""A chat model in this process: any lm-eval model."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from valign.chat.base import Answer, ChatBase, Failure, OnReply, Reply, Request, Usage
from valign.chat.budget import Budget, BudgetTracker
from valign.chat.cache import ReplyCache
from valign.chat.completions import BEYOND_CONTEXT
from valign.errors import InputError, unknown
from valign.models.locate import locate


class InProcess(ChatBase):
    """An lm-eval model, loaded at the first request that is not in the cache. It has no structured output."""

    def __init__(self, backend: str, arguments: str, cache: ReplyCache, block_size: int, budget: Budget | None) -> None:
        """Name lm-eval's class and its arguments, as `hf` and `pretrained=…,dtype=float32`.

        `block_size` requests are read and answered together; lm-eval's `batch_size` sets how many share a batch.

        Raises:
            InputError: lm-eval has no such class, or no model is named.
        """
        from lm_eval.models import MODEL_MAPPING
        from lm_eval.utils import simple_parse_args_string

        if backend not in MODEL_MAPPING:
            raise unknown("lm-eval model", backend, MODEL_MAPPING)
        self._arguments: dict[str, Any] = simple_parse_args_string(arguments)
        model = self._arguments.get("pretrained") or self._arguments.get("model")
        if not model:
            raise InputError(f"lm-eval:{backend},{arguments}: no model is named; expected pretrained=FOLDER-OR-HUB-ID")
        self.name, self.usage = f"lm-eval:{backend}:{model}", Usage()
        self._backend, self._cache, self._block_size = backend, cache, block_size
        self._tracker = BudgetTracker(budget, self.usage)
        self._loaded: Any = None

    def stream(self, requests: Iterable[Request], on_reply: OnReply) -> None:
        """See `Chat`.

        Raises:
            InputError: the model cannot be loaded, or has no chat template.
        """
        for block in _blocks(enumerate(requests), self._block_size):
            pending: list[tuple[int, Request]] = []
            for position, request in block:
                cached = self._cache.get(self.name, request.key)
                if cached is not None:
                    self.usage.cached += 1
                    on_reply(position, cached)
                    continue
                if pending and self._tracker.exceeded_bound(request):
                    self._answer(pending, on_reply)  # frees the budget that these reserved but did not use
                    pending = []
                if (bound := self._tracker.exceeded_bound(request)) is not None:
                    on_reply(position, self._failed(f"budget of {bound} spent", 0))
                else:
                    self._tracker.reserve(request)
                    pending.append((position, request))
            self._answer(pending, on_reply)

    def _answer(self, pending: list[tuple[int, Request]], on_reply: OnReply) -> None:
        """Answer requests whose cost is reserved, grouped by random seed."""
        by_seed: dict[int, list[tuple[int, Request]]] = {}
        for position, request in pending:
            seed = request.seed + request.attempt if request.temperature else 0
            by_seed.setdefault(seed, []).append((position, request))
        for seed, group in sorted(by_seed.items()):
            answers = self._generate([request for _, request in group], seed)
            for (position, request), answer in zip(group, answers, strict=True):
                if isinstance(answer, Failure):
                    self._tracker.settle(request, 0, 0)
                    on_reply(position, self._failed(answer.reason, answer.attempts))
                    continue
                self._tracker.settle(request, answer.prompt_tokens, answer.completion_tokens)
                self.usage.answered += 1
                self._cache.put(self.name, request.key, answer)
                on_reply(position, answer)

    def _failed(self, reason: str, attempts: int) -> Failure:
        self.usage.failed[reason] += 1
        return Failure(reason, attempts)

    def _model(self) -> Any:
        if self._loaded is None:
            import torch
            from lm_eval.api.registry import get_model

            settings: dict[str, Any] = {"batch_size": 8, **self._arguments}
            if isinstance(settings.get("pretrained"), str):
                settings["pretrained"] = locate(settings["pretrained"])
            try:
                model = get_model(self._backend)
                if "device" in inspect.signature(model).parameters:  # lm-eval's default is cuda
                    settings.setdefault("device", "cuda" if torch.cuda.is_available() else "cpu")
                self._loaded = model.create_from_arg_obj(settings)
            except (OSError, ImportError, TypeError) as error:
                raise InputError(f"{self.name}: cannot be loaded: {str(error).splitlines()[0]}") from error
        return self._loaded

    def _generate(self, requests: list[Request], seed: int) -> list[Answer]:
        import torch
        from lm_eval.api.instance import Instance

        model = self._model()
        prompts = [self._prompt(model, request) for request in requests]
        refusals = [self._refusal(model, p, r) for p, r in zip(prompts, requests, strict=True)]
        answerable = [n for n, refusal in enumerate(refusals) if not refusal]
        instances = [
            Instance("generate_until", {}, (prompts[n], _settings(requests[n])), number)
            for number, n in enumerate(answerable)
        ]
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            texts = iter(model.generate_until(instances, disable_tqdm=True) if instances else [])
        return [
            Failure(refusal, 1) if refusal else self._reply(model, prompt, request, next(texts))
            for refusal, prompt, request in zip(refusals, prompts, requests, strict=True)
        ]

    def _prompt(self, model: Any, request: Request) -> str:
        turns = [{"role": role, "content": content} for role, content in request.messages]
        try:
            return str(model.apply_chat_template(turns))
        except ValueError as error:
            raise InputError(f"{self.name}: no chat template ({str(error).splitlines()[0]})") from error

    def _refusal(self, model: Any, prompt: str, request: Request) -> str:
        """Why a request cannot be answered, or an empty string; lm-eval would truncate a long prompt silently."""
        if request.top_logprobs and not _is_transformers(model):
            return "the model gives no log-probabilities"
        most = getattr(model, "max_length", None)
        if most and _tokens(model, prompt) + request.max_tokens > most:
            return f"{BEYOND_CONTEXT} {most} tokens"
        return ""

    def _reply(self, model: Any, prompt: str, request: Request, text: str) -> Reply:
        used = _tokens(model, text)
        reason = "length" if used >= request.max_tokens else "stop"
        first = _first_token(model, prompt, request.top_logprobs) if request.top_logprobs else ()
        return Reply(text.strip(), reason, first, _tokens(model, prompt), used)


def _blocks(items: Iterable[tuple[int, Request]], size: int) -> Iterator[list[tuple[int, Request]]]:
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


def _settings(request: Request) -> dict[str, Any]:
    settings: dict[str, Any] = {"until": [], "max_gen_toks": request.max_tokens, "do_sample": request.temperature > 0}
    return {**settings, "temperature": request.temperature} if request.temperature > 0 else settings


def _is_transformers(model: Any) -> bool:
    from lm_eval.models.huggingface import HFLM

    return isinstance(model, HFLM)


def _tokens(model: Any, text: str) -> int:
    """Tokens in a text by the model's tokenizer, or a third of its characters if there is none."""
    encode = getattr(model, "tok_encode", None)
    return len(encode(text)) if encode is not None else len(text) // 3


def _first_token(model: Any, prompt: str, count: int) -> tuple[tuple[str, float], ...]:
    """The most likely first tokens of the answer with their log-probabilities in nats."""
    import torch

    with torch.no_grad():
        logits = model.model(torch.tensor([model.tok_encode(prompt)], device=model.device)).logits
    nats, tokens = torch.log_softmax(logits[0, -1].float(), dim=-1).topk(count)
    return tuple((model.tok_decode([t]), float(n)) for t, n in zip(tokens.tolist(), nats.tolist(), strict=True))
