"""A language model that compares two answers by the probabilities of its verdict tokens: nothing to parse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alignment.chat.base import Reply, Request
from harness.judges._asking import SHOWN, Asked, Asking
from harness.judges.base import Cost, Judgement, Pairing, Preferred

_REMINDER = "Reply with one letter, A or B, and nothing else."


class LlmProbability:
    """The share of the answer shown first is p(A) / (p(A) + p(B)), the probabilities of the reply's first token.

    A model whose first token is A or B with less than `least` in all has said nothing: it is asked again, then
    unparsed. Shares within `margin` of a half are ties; win rates count the shares themselves.
    """

    def __init__(
        self, model: str, prompt: str | None = None, show: Sequence[str] = SHOWN, attempts: int = 1,
        least: float = 0.1, margin: float = 0.0, alternatives: int = 20, concurrency: int = 16,
        cache: Path | None = None,
    ) -> None:  # fmt: skip
        """See `Asking`; `alternatives` is how many of the first token's the server is asked for (20 is usual)."""
        self._asking = Asking(
            model, "letter.jinja", ("first", "second"), prompt, show, attempts, _REMINDER, concurrency, cache
        )
        self._least, self._margin, self._alternatives = least, margin, alternatives
        self.name = f"llm-probability {self._asking.chat.name}"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        return [self._judgement(one) for one in self._asking.ask(self._requests(pairings), self._share)]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        own = {"least": self._least, "margin": self._margin, "alternatives": self._alternatives}
        return {**self._asking.inputs(), **own}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        return self._asking.expected(self._requests(pairings))

    def _requests(self, pairings: Sequence[Pairing]) -> list[Request]:
        return [
            Request(
                self._asking.message(p, first=p.first, second=p.second), max_tokens=1, top_logprobs=self._alternatives
            )
            for p in pairings
        ]

    def _share(self, reply: Reply) -> float | None:
        a, b = letter_probabilities(reply)
        return a / (a + b) if a + b >= self._least and a + b > 0 else None

    def _judgement(self, asked: Asked[float]) -> Judgement:
        if asked.failed:
            return Judgement("failed", asked.failed, cost=asked.cost)
        if asked.read is None:
            return Judgement("unparsed", f"A and B are unlikely; the reply begins {asked.text!r}", cost=asked.cost)
        preferred: Preferred = "tie"
        if abs(asked.read - 0.5) > self._margin:
            preferred = "first" if asked.read > 0.5 else "second"
        return Judgement(preferred, f"p(A) / (p(A) + p(B)) = {asked.read:.4f}", asked.read, cost=asked.cost)


def letter_probabilities(reply: Reply) -> tuple[float, float]:
    """The probabilities in [0, 1] that the reply's first token is A and that it is B, spaces and case aside."""
    found = {"A": 0.0, "B": 0.0}
    for token, nats in reply.first_token:
        letter = token.strip(" \n\t▁Ġ[(*\"'").upper()
        if letter in found:
            found[letter] += math.exp(nats)
    return found["A"], found["B"]


JUDGE = LlmProbability
