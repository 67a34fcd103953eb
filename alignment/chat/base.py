"""What a chat model is asked and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from tasks.fingerprint import fingerprint


@dataclass(frozen=True)
class Request:
    """One question to a chat model.

    `messages` are (role, content) in order. `schema` is a JSON Schema as canonical JSON text: structured output where
    the server can. `top_logprobs` above 0 asks for the log-probabilities of that many alternatives of the answer's
    first token. `attempt` counts bounded re-asks of one prompt: another attempt is another request to the cache.
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
        """Sixteen hexadecimal digits that name the request in a cache."""
        settings = (self.max_tokens, self.temperature, self.schema, self.top_logprobs, self.seed, self.attempt)
        return fingerprint(self.messages, *settings)


@dataclass(frozen=True)
class Reply:
    """An answer. `finish_reason`: "stop", "length", …; `first_token`: (text, nats) of its likeliest first tokens."""

    text: str
    finish_reason: str
    first_token: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Failure:
    """No answer: why, and after how many calls."""

    reason: str
    attempts: int


Answer = Reply | Failure


@dataclass
class Usage:
    """What asking cost so far: counts, tokens, money in the unit of the budget's prices.

    `calls` went out to the model, `retries` of them for a request that had failed before; `answered` and `cached`
    count requests with a reply, `failed` requests without one by reason, `retried` failed calls by reason.
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


Heard = Callable[[int, Answer], None]


class Chat(Protocol):
    """A chat model. `name` ("openai:MODEL", "lm-eval:hf:MODEL") appears wherever its answers do."""

    name: str
    usage: Usage

    def ask(self, requests: Sequence[Request], told: Callable[[int], None] | None = None) -> list[Answer]:
        """Answer every request, in order; `told` hears how many are done."""

    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        """Answer requests as they are drawn; `heard` gets each one's position and answer as soon as it is there."""


class Asking(ABC):
    """`ask` in terms of `each`: a request that occurs twice is sent once."""

    name: str
    usage: Usage

    @abstractmethod
    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        """See `Chat`."""

    def ask(self, requests: Sequence[Request], told: Callable[[int], None] | None = None) -> list[Answer]:
        """See `Chat`."""
        distinct = {request.key: request for request in requests}
        positions: dict[str, list[int]] = {}
        for position, request in enumerate(requests):
            positions.setdefault(request.key, []).append(position)
        keys, done = list(distinct), 0
        answers: list[Answer] = [Failure("not asked", 0)] * len(requests)

        def heard(number: int, answer: Answer) -> None:
            nonlocal done
            for position in positions[keys[number]]:
                answers[position] = answer
                done += 1
            if told is not None:
                told(done)

        self.each(distinct.values(), heard)
        return answers
