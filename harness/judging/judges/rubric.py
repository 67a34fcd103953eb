"""A language model that grades each answer by itself, 1 to 5, by the document's section; the better grade wins.

After Prometheus (Kim et al., arXiv 2310.08491): absolute grading by a rubric, here the prompt's section.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.judging.judge import Cost, Judgement, Pairing, Preferred
from harness.judging.prompted_model import SHOWN, ParsedReply, PromptedModel
from valign.chat.base import Reply, Request

_MARK = re.compile(r"\[\[\s*([1-5])\s*\]\]")
_REMINDER = (
    "Your reply holds no grade. Reply with the grade from 1 to 5 in double brackets and nothing else, as in [[3]]."
)


class Rubric:
    """Each distinct answer is graded once, whatever it is compared with; equal grades are a tie."""

    pointwise = True

    def __init__(
        self, model: str, prompt: str | None = None, show: Sequence[str] = SHOWN, attempts: int = 2,
        max_tokens: int = 512, concurrency: int = 16, cache: Path | None = None,
    ) -> None:  # fmt: skip
        """See `PromptedModel`; `max_tokens` limits the reply's length."""
        self._prompted = PromptedModel(
            model, "rubric.jinja", ("answer",), prompt, show, attempts, _REMINDER, concurrency, cache
        )
        self._max_tokens = max_tokens
        self._graded: dict[str, ParsedReply[int]] = {}
        self.name = f"rubric {self._prompted.chat.name}"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        sides = [(self._request(p, p.first), self._request(p, p.second)) for p in pairings]
        missing = {r.key: r for side in sides for r in side if r.key not in self._graded}
        new = dict(zip(missing, self._prompted.query(list(missing.values()), read_grade), strict=True))
        self._graded |= {key: one for key, one in new.items() if not one.failed}
        costs, judgements = {key: one.cost for key, one in new.items()}, []
        for side in sides:
            first, second = (self._graded.get(request.key) or new[request.key] for request in side)
            cost = sum((costs.pop(key, Cost()) for key in dict.fromkeys(r.key for r in side)), Cost())
            judgements.append(_judgement(first, second, cost))
        return judgements

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        return {**self._prompted.inputs(), "max_tokens": self._max_tokens}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        requests = {r.key: r for p in pairings for r in (self._request(p, p.first), self._request(p, p.second))}
        return self._prompted.expected(list(requests.values()))

    def _request(self, pairing: Pairing, answer: str) -> Request:
        return Request(self._prompted.message(pairing, answer=answer), max_tokens=self._max_tokens)


def read_grade(reply: Reply) -> int | None:
    """The last grade in a reply, or None."""
    marks = _MARK.findall(reply.text)
    return int(marks[-1]) if marks else None


def _judgement(first: ParsedReply[int], second: ParsedReply[int], cost: Cost) -> Judgement:
    if failed := first.failed or second.failed:
        return Judgement("failed", failed, cost=cost)
    if first.value is None or second.value is None:
        ungraded = first.text if first.value is None else second.text
        return Judgement("unparsed", f"no grade in: {ungraded}", cost=cost)
    preferred: Preferred = "tie"
    if first.value != second.value:
        preferred = "first" if first.value > second.value else "second"
    return Judgement(preferred, f"grades {first.value} and {second.value}", cost=cost)


JUDGE = Rubric
