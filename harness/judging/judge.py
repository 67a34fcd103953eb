"""The judge interface: pairings in, judgements out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

#: Which answer of a pairing is better, by position. "unparsed": the reply has no usable verdict. "failed": there is no
#: reply, and the next run repeats the call.
Preferred = Literal["first", "second", "tie", "unparsed", "failed"]


@dataclass(frozen=True)
class Pairing:
    """Two answers to one prompt, in the order in which the judge sees them.

    section: the id of the prompt's section. section_text: its text in the document, "" where not known.
    """

    item: str
    prompt: str
    reference: str
    section: str
    first: str
    second: str
    section_text: str = ""

    def swapped(self) -> Pairing:
        """The same pair with the answers in the other order."""
        return replace(self, first=self.second, second=self.first)


@dataclass(frozen=True)
class Cost:
    """Calls of a language model with prompt and completion tokens; cached replies count like any other."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        """The sum."""
        return Cost(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True)
class Judgement:
    """A judge's verdict on a pairing in the order shown, with its reason.

    share: the share in [0, 1] of the answer shown first, where the judge gives a soft preference. votes: the shares of
    a jury's members for the answer shown first, None for an unparsed one.
    """

    preferred: Preferred
    reason: str
    share: float | None = None
    votes: tuple[tuple[str, float | None], ...] = ()
    cost: Cost = Cost()


class Judge(Protocol):
    """Compares pairs of answers. `name` is stored with every verdict.

    A judge may also define: `pointwise = True` where it scores each answer by itself, so that order cannot matter;
    `inputs() -> dict` for the fingerprint, in place of its settings, with its language models under `models`;
    `expected(pairings) -> Cost`, the estimated cost.
    """

    name: str

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """One judgement per pairing, in order. A reply without a usable verdict is `unparsed`, never a tie."""
        ...
