"""A jury: several judges on every pairing, by majority or by the mean of their shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.judges.base import Cost, Judge, Judgement, Pairing, Preferred
from harness.judging.canaries import shown_first_share
from tasks.errors import InputError, unknown

_RULES = ("majority", "mean")


class Jury:
    """`members` are judges as a recipe names them: `{name:, settings:, label:}`.

    majority: the verdict that most members gave, a tie where two verdicts have the most. mean: the mean of the members'
    shares for each answer. A member's unparsed verdict is no vote; without any vote the jury's is unparsed too. The
    members' votes are kept, and how far they agree is in the audit.
    """

    def __init__(self, members: Sequence[Mapping[str, Any]], rule: str = "majority", cache: Path | None = None) -> None:
        """Build the members.

        Raises:
            InputError: fewer than two members, two of one label, another rule, or a member that cannot be built.
        """
        from harness.judging.registry import find_judge

        if rule not in _RULES:
            raise unknown("rule of a jury", rule, _RULES)
        for member in members:
            if surplus := sorted(set(member) - {"name", "settings", "label"}):
                raise unknown("key of a jury's member", surplus[0], ("name", "settings", "label"))
            if "name" not in member:
                raise InputError("jury: a member lacks its 'name'")
        labels = [str(member.get("label") or member["name"]) for member in members]
        if len(labels) < 2 or len(set(labels)) < len(labels):
            raise InputError(
                f"jury: two or more members of different labels are wanted, not {', '.join(labels) or 'none'}"
            )
        self._named = [(str(member["name"]), dict(member.get("settings") or {})) for member in members]
        self._members: dict[str, Judge] = {
            label: find_judge(name, settings, cache)
            for label, (name, settings) in zip(labels, self._named, strict=True)
        }
        self.rule = rule
        self.name = f"jury ({rule} of {', '.join(labels)})"
        self.pointwise = all(getattr(judge, "pointwise", False) for judge in self._members.values())

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        """See `Judge`."""
        said = {label: member.judge(pairings) for label, member in self._members.items()}
        return [self._verdict({label: one[at] for label, one in said.items()}) for at in range(len(pairings))]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        from harness.judging.registry import judge_inputs

        members = [
            {"label": label, **judge_inputs(*named)} for label, named in zip(self._members, self._named, strict=True)
        ]
        models = [model for member in members for model in member.get("models", ())]
        return {"rule": self.rule, "members": members, "models": models}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        known = [expected(pairings) for m in self._members.values() if (expected := getattr(m, "expected", None))]
        return sum(known, Cost())

    def _verdict(self, said: Mapping[str, Judgement]) -> Judgement:
        cost = sum((one.cost for one in said.values()), Cost())
        for label, one in said.items():
            if one.preferred == "failed":
                return Judgement("failed", f"{label}: {one.reason}", cost=cost)
        votes = {label: shown_first_share(one) for label, one in said.items()}
        reason = "; ".join(f"{label}: {one.preferred}" for label, one in said.items())
        counted = [vote for vote in votes.values() if vote is not None]
        if not counted:
            return Judgement("unparsed", reason, votes=tuple(votes.items()), cost=cost)
        if self.rule == "mean":
            share = sum(counted) / len(counted)
            return Judgement(_preferred(share - 0.5), reason, share, tuple(votes.items()), cost)
        most = Counter(_preferred(vote - 0.5) for vote in counted).most_common()
        winner: Preferred = "tie" if len(most) > 1 and most[0][1] == most[1][1] else most[0][0]
        return Judgement(winner, reason, votes=tuple(votes.items()), cost=cost)


def _preferred(lead: float) -> Preferred:
    return "tie" if lead == 0 else "first" if lead > 0 else "second"


JUDGE = Jury
