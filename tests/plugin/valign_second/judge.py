"""A judge: the shorter answer wins."""

from collections.abc import Sequence

import valign


class Shorter:
    """Looks at lengths alone."""

    name = "shorter"
    pointwise = True

    def judge(self, pairings: Sequence[valign.Pairing]) -> list[valign.Judgement]:
        """One judgement a pairing."""
        return [self._judgement(len(p.first) - len(p.second)) for p in pairings]

    def _judgement(self, more: int) -> valign.Judgement:
        return valign.Judgement("tie" if more == 0 else "second" if more > 0 else "first", f"{more} characters more")


JUDGE = Shorter
