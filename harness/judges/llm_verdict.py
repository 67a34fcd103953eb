"""A language model that compares two answers and writes its verdict at the end: [[A]], [[B]] or [[TIE]]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alignment.chat.base import Reply, Request
from harness.judges._asking import SHOWN, Asked, Asking
from harness.judges.base import Cost, Judgement, Pairing, Preferred

_MARK = re.compile(r"\[\[\s*(?:answer\s+)?(A|B|TIE)\s*\]\]", re.IGNORECASE)
_MEANS: dict[str, Preferred] = {"A": "first", "B": "second", "TIE": "tie"}
_REMINDER = (
    "Your reply holds no verdict. Reply with one of these three and nothing else: [[A]] if answer A is better, [[B]] "
    "if answer B is better, [[TIE]] if neither is."
)


class LlmVerdict:
    """Reads the last verdict in the model's reply; a reply without one is asked for again, then unparsed."""

    def __init__(
        self, model: str, prompt: str | None = None, show: Sequence[str] = SHOWN, attempts: int = 2,
        max_tokens: int = 512, concurrency: int = 16, cache: Path | None = None,
    ) -> None:  # fmt: skip
        """See `Asking`; `max_tokens` bounds the model's reply."""
        self._asking = Asking(
            model, "verdict.jinja", ("first", "second"), prompt, show, attempts, _REMINDER, concurrency, cache
        )
        self._max_tokens = max_tokens
        self.name = f"llm-verdict {self._asking.chat.name}"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        asked: list[Asked[Preferred]] = self._asking.ask(self._requests(pairings), read_verdict)
        return [_judgement(one) for one in asked]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        return {**self._asking.inputs(), "max_tokens": self._max_tokens}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        return self._asking.expected(self._requests(pairings))

    def _requests(self, pairings: Sequence[Pairing]) -> list[Request]:
        return [
            Request(self._asking.message(p, first=p.first, second=p.second), max_tokens=self._max_tokens)
            for p in pairings
        ]


def read_verdict(reply: Reply) -> Preferred | None:
    """The last verdict that a reply holds, None where it holds none."""
    marks = _MARK.findall(reply.text)
    return _MEANS[marks[-1].upper()] if marks else None


def _judgement(asked: Asked[Preferred]) -> Judgement:
    if asked.failed:
        return Judgement("failed", asked.failed, cost=asked.cost)
    return Judgement(asked.read or "unparsed", asked.text, cost=asked.cost)


JUDGE = LlmVerdict
