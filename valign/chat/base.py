"""The types of a chat model: requests, replies, failures and usage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class Request:
    """One request to a chat model.

    `messages` are (role, content) in order. `schema` is a JSON Schema as canonical JSON text, used where the server
    supports structured output. `top_logprobs` above 0 asks for the log-probabilities of that many alternatives of the
    answer's first token. `attempt` counts retries of one prompt; each attempt has its own cache entry.
    """

    messages: tuple[tuple[str, str], ...]
    max_tokens: int = 512
    temperature: float = 0.0
    schema: str | None = None
    top_logprobs: int = 0
    seed: int = 0
    attempt: int = 0

    @cached_property
    def key(self) -> str:
        """The cache key: sixteen hexadecimal digits."""
        settings = (self.max_tokens, self.temperature, self.schema, self.top_logprobs, self.seed, self.attempt)
        return fingerprint(self.messages, *settings)


@dataclass(frozen=True)
class Reply:
    """An answer. `finish_reason`: "stop", "length", …; `first_token`: (text, nats) of its most likely first tokens."""

    text: str
    finish_reason: str
    first_token: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Failure:
    """No answer: the reason, and the number of calls that were made."""

    reason: str
    attempts: int


Answer = Reply | Failure


@dataclass
class Usage:
    """Calls, tokens and cost so far; `money` is in the currency of the budget's prices.

    `calls` were sent to the model, `retries` of them after a failed call. `answered` and `cached` count requests with a
    reply, `failed` requests without one by reason, `retried` failed calls by reason.
    """

    calls: int = 0
    answered: int = 0
    cached: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float = 0.0
    retried: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The counts as a dictionary that `json` can write."""
        counts = {name: value for name, value in vars(self).items() if not isinstance(value, Counter)}
        counters = {name: dict(sorted(value.items())) for name, value in vars(self).items() if name not in counts}
        return {**counts, "money": round(self.money, 6), **counters}


#: Called with the position of a request and its answer.
OnReply = Callable[[int, Answer], None]
#: Called with the number of requests that are done.
OnProgress = Callable[[int], None]


class Chat(Protocol):
    """A chat model. `name` ("openai:MODEL", "lm-eval:hf:MODEL") identifies it in caches and reports."""

    name: str
    usage: Usage

    def ask(self, requests: Sequence[Request], on_progress: OnProgress | None = None) -> list[Answer]:
        """Answer all requests; the answers are in the order of the requests."""

    def stream(self, requests: Iterable[Request], on_reply: OnReply) -> None:
        """Answer requests as they are read from the iterable, and call `on_reply` with each answer as it arrives."""


class ChatBase(ABC):
    """Implements `ask` with `stream`: identical requests are sent once."""

    name: str
    usage: Usage

    @abstractmethod
    def stream(self, requests: Iterable[Request], on_reply: OnReply) -> None:
        """See `Chat`."""

    def ask(self, requests: Sequence[Request], on_progress: OnProgress | None = None) -> list[Answer]:
        """See `Chat`."""
        distinct = {request.key: request for request in requests}
        positions: dict[str, list[int]] = {}
        for position, request in enumerate(requests):
            positions.setdefault(request.key, []).append(position)
        keys, done = list(distinct), 0
        answers: list[Answer] = [Failure("not asked", 0)] * len(requests)

        def on_reply(number: int, answer: Answer) -> None:
            nonlocal done
            for position in positions[keys[number]]:
                answers[position] = answer
                done += 1
            if on_progress is not None:
                on_progress(done)

        self.stream(distinct.values(), on_reply)
        return answers
