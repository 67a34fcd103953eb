"""When to stop asking: bounds on calls, tokens and money, kept before a call goes out and not after."""

from __future__ import annotations

from dataclasses import dataclass

from alignment.chat.base import Request, Usage
from tasks.errors import InputError

#: Fewest characters that a token holds on average in any prompt: an upper estimate of tokens before a call.
_CHARACTERS_PER_TOKEN = 2.5


@dataclass(frozen=True)
class Budget:
    """Bounds, each None where there is none. Prices are per million tokens, in any one currency."""

    requests: int | None = None
    tokens: int | None = None
    money: float | None = None
    prompt_price: float = 0.0
    completion_price: float = 0.0

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            InputError: a bound below 0, or a bound on money without a price.
        """
        for name, bound in vars(self).items():
            if bound is not None and bound < 0:
                raise InputError(f"budget: {name} is {bound}; 0 or more is wanted")
        if self.money is not None and not (self.prompt_price or self.completion_price):
            raise InputError("budget: a bound on money wants prices per million tokens (prompt and completion)")

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The price of so many tokens."""
        return (prompt_tokens * self.prompt_price + completion_tokens * self.completion_price) / 1e6


class Purse:
    """What is left of a budget while calls are in flight: each reserves its most before it goes out."""

    def __init__(self, budget: Budget | None, usage: Usage) -> None:
        self.budget, self.usage = budget or Budget(), usage
        self._tokens, self._money, self.in_flight = 0, 0.0, 0

    def most(self, request: Request) -> tuple[int, int]:
        """Prompt and completion tokens that a request can cost at the most, estimated from its characters."""
        characters = sum(len(content) for _, content in request.messages)
        return round(characters / _CHARACTERS_PER_TOKEN) + 8 * len(request.messages), request.max_tokens

    def short_of(self, request: Request) -> str | None:
        """The bound that this request could break, or None."""
        prompt, completion = self.most(request)
        usage, budget = self.usage, self.budget
        spent = usage.prompt_tokens + usage.completion_tokens + self._tokens
        if budget.requests is not None and usage.calls + 1 > budget.requests:
            return "requests"
        if budget.tokens is not None and spent + prompt + completion > budget.tokens:
            return "tokens"
        if budget.money is not None and usage.money + self._money + budget.cost(prompt, completion) > budget.money:
            return "money"
        return None

    def reserve(self, request: Request) -> None:
        """Set aside what a request can cost; the call counts from now."""
        self._move(request, 1)
        self.usage.calls += 1

    def settle(self, request: Request, prompt_tokens: int, completion_tokens: int) -> None:
        """Put back what was set aside and count what was used."""
        self._move(request, -1)
        self.usage.prompt_tokens += prompt_tokens
        self.usage.completion_tokens += completion_tokens
        self.usage.money += self.budget.cost(prompt_tokens, completion_tokens)

    def _move(self, request: Request, sign: int) -> None:
        prompt, completion = self.most(request)
        self.in_flight += sign
        self._tokens += sign * (prompt + completion)
        self._money += sign * self.budget.cost(prompt, completion)
