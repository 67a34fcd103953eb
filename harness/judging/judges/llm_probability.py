"""A language model that compares two answers by the probabilities of the tokens A and B."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.judging.judge import Cost, Judgement, Pairing, Preferred
from harness.judging.prompted_model import SHOWN, ParsedReply, PromptedModel
from valign.chat.base import Reply, Request

_REMINDER = "Reply with one letter, A or B, and nothing else."


class LlmProbability:
    """The share of the answer shown first is p(A) / (p(A) + p(B)), the probabilities of the reply's first token.

    Where p(A) + p(B) is below `least`, the request is retried and then counts as unparsed. Shares within `margin` of
    0.5 are ties; win rates count the shares themselves.
    """

    def __init__(
        self, model: str, prompt: str | None = None, show: Sequence[str] = SHOWN, attempts: int = 1,
        least: float = 0.1, margin: float = 0.0, alternatives: int = 20, concurrency: int = 16,
        cache: Path | None = None,
    ) -> None:  # fmt: skip
        """See `PromptedModel`; `alternatives` is how many log-probabilities are requested (20 is usual)."""
        self._prompted = PromptedModel(
            model, "letter.jinja", ("first", "second"), prompt, show, attempts, _REMINDER, concurrency, cache
        )
        self._least, self._margin, self._alternatives = least, margin, alternatives
        self.name = f"llm-probability {self._prompted.chat.name}"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        return [self._judgement(reply) for reply in self._prompted.query(self._requests(pairings), self._share)]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        own = {"least": self._least, "margin": self._margin, "alternatives": self._alternatives}
        return {**self._prompted.inputs(), **own}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        return self._prompted.expected(self._requests(pairings))

    def _requests(self, pairings: Sequence[Pairing]) -> list[Request]:
        return [
            Request(
                self._prompted.message(p, first=p.first, second=p.second), max_tokens=1, top_logprobs=self._alternatives
            )
            for p in pairings
        ]

    def _share(self, reply: Reply) -> float | None:
        a, b = letter_probabilities(reply)
        return a / (a + b) if a + b >= self._least and a + b > 0 else None

    def _judgement(self, reply: ParsedReply[float]) -> Judgement:
        if reply.failed:
            return Judgement("failed", reply.failed, cost=reply.cost)
        share = reply.value
        if share is None:
            return Judgement("unparsed", f"A and B are unlikely; the reply begins {reply.text!r}", cost=reply.cost)
        preferred: Preferred = "tie"
        if abs(share - 0.5) > self._margin:
            preferred = "first" if share > 0.5 else "second"
        return Judgement(preferred, f"p(A) / (p(A) + p(B)) = {share:.4f}", share, cost=reply.cost)


def letter_probabilities(reply: Reply) -> tuple[float, float]:
    """The probabilities in [0, 1] that the reply's first token is A and that it is B, ignoring case and spaces."""
    found = {"A": 0.0, "B": 0.0}
    for token, nats in reply.first_token:
        letter = token.strip(" \n\t▁Ġ[(*\"'").upper()
        if letter in found:
            found[letter] += math.exp(nats)
    return found["A"], found["B"]


JUDGE = LlmProbability
