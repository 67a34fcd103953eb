"""A chat model in this process: any lm-eval model answers the same requests."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from alignment.chat.base import Answer, Asking, Failure, Heard, Reply, Request, Usage
from alignment.chat.budget import Budget, Purse
from alignment.chat.cache import ReplyCache
from alignment.chat.completions import BEYOND_CONTEXT
from tasks.errors import InputError, unknown


class InProcess(Asking):
    """An lm-eval model, loaded at the first request that the cache does not hold. It has no structured output."""

    def __init__(self, backend: str, arguments: str, cache: ReplyCache, block: int, budget: Budget | None) -> None:
        """Name lm-eval's class and its arguments, as `hf` and `pretrained=…,dtype=float32`.

        `block` requests are drawn and answered together; how many share a batch is lm-eval's `batch_size`.

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
            raise InputError(f"lm-eval:{backend},{arguments}: no model is named; add pretrained=FOLDER-OR-HUB-ID")
        self.name, self.usage = f"lm-eval:{backend}:{model}", Usage()
        self._backend, self._cache, self._block = backend, cache, block
        self._purse = Purse(budget, self.usage)
        self._loaded: Any = None

    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        """See `Chat`.

        Raises:
            InputError: the model cannot be loaded, or has no chat template.
        """
        for block in _blocks(enumerate(requests), self._block):
            wanted: list[tuple[int, Request]] = []
            for position, request in block:
                cached = self._cache.get(self.name, request.key)
                if cached is not None:
                    self.usage.cached += 1
                    heard(position, cached)
                    continue
                if wanted and self._purse.short_of(request):
                    self._answer(wanted, heard)  # what these do not use may pay for the next
                    wanted = []
                if (bound := self._purse.short_of(request)) is not None:
                    heard(position, self._failed(f"budget of {bound} spent", 0))
                else:
                    self._purse.reserve(request)
                    wanted.append((position, request))
            self._answer(wanted, heard)

    def _answer(self, wanted: list[tuple[int, Request]], heard: Heard) -> None:
        """Answer what was reserved, requests of one random seed together."""
        by_seed: dict[int, list[tuple[int, Request]]] = {}
        for position, request in wanted:
            seed = request.seed + request.attempt if request.temperature else 0
            by_seed.setdefault(seed, []).append((position, request))
        for seed, group in sorted(by_seed.items()):
            answers = self._generate([request for _, request in group], seed)
            for (position, request), answer in zip(group, answers, strict=True):
                if isinstance(answer, Failure):
                    self._purse.settle(request, 0, 0)
                    heard(position, self._failed(answer.reason, answer.attempts))
                    continue
                self._purse.settle(request, answer.prompt_tokens, answer.completion_tokens)
                self.usage.answered += 1
                self._cache.put(self.name, request.key, answer)
                heard(position, answer)

    def _failed(self, reason: str, attempts: int) -> Failure:
        self.usage.failed[reason] += 1
        return Failure(reason, attempts)

    def _model(self) -> Any:
        if self._loaded is None:
            import torch
            from lm_eval.api.registry import get_model

            settings: dict[str, Any] = {"batch_size": 8}
            try:
                model = get_model(self._backend)
                if "device" in inspect.signature(model).parameters:  # lm-eval's own choice is cuda, there or not
                    settings["device"] = "cuda" if torch.cuda.is_available() else "cpu"
                self._loaded = model.create_from_arg_obj({**settings, **self._arguments})
            except (OSError, ImportError, TypeError) as error:
                raise InputError(f"{self.name}: cannot be loaded: {str(error).splitlines()[0]}") from error
        return self._loaded

    def _generate(self, requests: list[Request], seed: int) -> list[Answer]:
        import torch
        from lm_eval.api.instance import Instance

        model = self._model()
        prompts = [self._prompt(model, request) for request in requests]
        room = [self._room(model, p, r) for p, r in zip(prompts, requests, strict=True)]
        able = [n for n, missing in enumerate(room) if not missing]
        instances = [
            Instance("generate_until", {}, (prompts[n], _settings(requests[n])), number)
            for number, n in enumerate(able)
        ]
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            texts = iter(model.generate_until(instances, disable_tqdm=True) if instances else [])
        return [
            Failure(missing, 1) if missing else self._reply(model, prompt, request, next(texts))
            for missing, prompt, request in zip(room, prompts, requests, strict=True)
        ]

    def _prompt(self, model: Any, request: Request) -> str:
        turns = [{"role": role, "content": content} for role, content in request.messages]
        try:
            return str(model.apply_chat_template(turns))
        except ValueError as error:
            raise InputError(f"{self.name}: no chat template ({str(error).splitlines()[0]})") from error

    def _room(self, model: Any, prompt: str, request: Request) -> str:
        """Why a request cannot be answered, or nothing; lm-eval would cut a long prompt in silence."""
        if request.top_logprobs and not hasattr(model, "_model_call"):
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
    drawn = iter(items)
    while block := list(islice(drawn, size)):
        yield block


def _settings(request: Request) -> dict[str, Any]:
    settings: dict[str, Any] = {"until": [], "max_gen_toks": request.max_tokens, "do_sample": request.temperature > 0}
    return {**settings, "temperature": request.temperature} if request.temperature > 0 else settings


def _tokens(model: Any, text: str) -> int:
    """Tokens in a text by the model's own tokenizer; a third of its characters where the model has none to ask."""
    encode = getattr(model, "tok_encode", None)
    return len(encode(text)) if encode is not None else len(text) // 3


def _first_token(model: Any, prompt: str, count: int) -> tuple[tuple[str, float], ...]:
    """The likeliest first tokens of the answer with their log-probabilities in nats."""
    import torch

    with torch.no_grad():
        logits = model._model_call(torch.tensor([model.tok_encode(prompt)], device=model.device))
    nats, tokens = torch.log_softmax(logits[0, -1].float(), dim=-1).topk(count)
    return tuple((model.tok_decode([t]), float(n)) for t, n in zip(tokens.tolist(), nats.tolist(), strict=True))
