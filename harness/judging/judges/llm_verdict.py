"""A language model that compares two answers and writes its verdict at the end: [[A]], [[B]] or [[TIE]]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.judging.judge import Cost, Judgement, Pairing, Preferred
from harness.judging.prompted_model import SHOWN, ParsedReply, PromptedModel
from valign.chat.base import Reply, Request

_MARK = re.compile(r"\[\[\s*(?:answer\s+)?(A|B|TIE)\s*\]\]", re.IGNORECASE)
_MEANS: dict[str, Preferred] = {"A": "first", "B": "second", "TIE": "tie"}
_REMINDER = (
    "Your reply holds no verdict. Reply with one of these three and nothing else: [[A]] if answer A is better, [[B]] "
    "if answer B is better, [[TIE]] if neither is."
)


class LlmVerdict:
    """Parses the last verdict in the model's reply; a reply without one is retried and then counts as unparsed."""

    def __init__(
        self, model: str, prompt: str | None = None, show: Sequence[str] = SHOWN, attempts: int = 2,
        max_tokens: int = 512, concurrency: int = 16, cache: Path | None = None,
    ) -> None:  # fmt: skip
        """See `PromptedModel`; `max_tokens` limits the reply's length."""
        self._prompted = PromptedModel(
            model, "verdict.jinja", ("first", "second"), prompt, show, attempts, _REMINDER, concurrency, cache
        )
        self._max_tokens = max_tokens
        self.name = f"llm-verdict {self._prompted.chat.name}"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        replies: list[ParsedReply[Preferred]] = self._prompted.query(self._requests(pairings), read_verdict)
        return [_judgement(reply) for reply in replies]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        return {**self._prompted.inputs(), "max_tokens": self._max_tokens}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        return self._prompted.expected(self._requests(pairings))

    def _requests(self, pairings: Sequence[Pairing]) -> list[Request]:
        return [
            Request(self._prompted.message(p, first=p.first, second=p.second), max_tokens=self._max_tokens)
            for p in pairings
        ]


def read_verdict(reply: Reply) -> Preferred | None:
    """The last verdict in a reply, or None."""
    marks = _MARK.findall(reply.text)
    return _MEANS[marks[-1].upper()] if marks else None


def _judgement(reply: ParsedReply[Preferred]) -> Judgement:
    if reply.failed:
        return Judgement("failed", reply.failed, cost=reply.cost)
    return Judgement(reply.value or "unparsed", reply.text, cost=reply.cost)


JUDGE = LlmVerdict
