"""Bounds on calls, tokens and money, checked before each call."""

from __future__ import annotations

from dataclasses import dataclass

from valign.chat.base import Request, Usage
from valign.errors import InputError

#: A low estimate of characters per token, which gives an upper bound on the tokens of a prompt.
_CHARACTERS_PER_TOKEN = 2.5


@dataclass(frozen=True)
class Budget:
    """Upper bounds; None means no bound. Prices are per million tokens, all in one currency."""

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
                raise InputError(f"budget: {name} is {bound}; expected 0 or more")
        if self.money is not None and not (self.prompt_price or self.completion_price):
            raise InputError("budget: money is bounded but no price is given; expected one per million tokens")

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The price of these tokens."""
        return (prompt_tokens * self.prompt_price + completion_tokens * self.completion_price) / 1e6


class BudgetTracker:
    """Enforces a budget while calls are in flight: each call reserves its maximum cost before it is sent."""

    def __init__(self, budget: Budget | None, usage: Usage) -> None:
        self.budget, self.usage = budget or Budget(), usage
        self._tokens, self._money, self.in_flight = 0, 0.0, 0

    def max_tokens(self, request: Request) -> tuple[int, int]:
        """Upper bounds on a request's prompt and completion tokens, estimated from its characters."""
        characters = sum(len(content) for _, content in request.messages)
        return round(characters / _CHARACTERS_PER_TOKEN) + 8 * len(request.messages), request.max_tokens

    def exceeded_bound(self, request: Request) -> str | None:
        """The name of the bound that this request could exceed, or None."""
        prompt, completion = self.max_tokens(request)
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
        """Reserve the maximum cost of a request, and count the call."""
        self._change_reserved(request, 1)
        self.usage.calls += 1

    def settle(self, request: Request, prompt_tokens: int, completion_tokens: int) -> None:
        """Release the reserved cost of a request, and count what was used."""
        self._change_reserved(request, -1)
        self.usage.prompt_tokens += prompt_tokens
        self.usage.completion_tokens += completion_tokens
        self.usage.money += self.budget.cost(prompt_tokens, completion_tokens)

    def _change_reserved(self, request: Request, sign: int) -> None:
        prompt, completion = self.max_tokens(request)
        self.in_flight += sign
        self._tokens += sign * (prompt + completion)
        self._money += sign * self.budget.cost(prompt, completion)
