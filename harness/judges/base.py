"""What a judge is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

#: What a judge said of one pair as shown: the answer shown first, the one shown second, a tie, or nothing usable.
#: "failed" is no verdict: the call brought no answer, and it is made again on the next run.
Preferred = Literal["first", "second", "tie", "unparsed", "failed"]


@dataclass(frozen=True)
class Pairing:
    """Two answers to one prompt, in the order in which the judge sees them.

    `section` is the section's id, `section_text` what the document says there ("" where it is not known).
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
    """Calls of a language model and the tokens it read and wrote, answers from the cache counted like any other."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True)
class Judgement:
    """What a judge said of a pairing as it was shown, and on what ground.

    `share` is the share in [0, 1] of the answer shown first where the judge gives a soft preference. `votes` are a
    jury's members' shares for the answer shown first, None for an unparsed one.
    """

    preferred: Preferred
    reason: str
    share: float | None = None
    votes: tuple[tuple[str, float | None], ...] = ()
    cost: Cost = Cost()


class Judge(Protocol):
    """Compares answers. `name` appears wherever its verdicts do.

    A judge may also have: `pointwise = True` where it scores each answer alone, so that the order cannot matter;
    `inputs() -> dict` for the fingerprint, in place of its settings; `expected(pairings) -> Cost`, what judging them
    would cost; `models() -> tuple[str, ...]`, the language models it asks.
    """

    name: str

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """One judgement a pairing, in order. An answer that cannot be used is `unparsed`, never a tie."""
        ...
