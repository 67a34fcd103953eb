"""What a judge is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

#: What a judge said of one pair as shown: the answer shown first, the one shown second, a tie, or nothing usable.
Preferred = Literal["first", "second", "tie", "unparsed"]


@dataclass(frozen=True)
class Pairing:
    """Two answers to one prompt, in the order in which the judge sees them."""

    item: str
    prompt: str
    reference: str
    section: str
    first: str
    second: str

    def swapped(self) -> Pairing:
        """The same pair with the answers in the other order."""
        return Pairing(self.item, self.prompt, self.reference, self.section, self.second, self.first)


@dataclass(frozen=True)
class Judgement:
    """What a judge said of a pairing as it was shown, and on what ground."""

    preferred: Preferred
    reason: str


class Judge(Protocol):
    """Compares answers. `name` appears wherever its verdicts do."""

    name: str

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """One judgement a pairing, in order. An answer that cannot be used is `unparsed`, never a tie."""
        ...
