"""A jury: several judges compare every pairing, and their majority or their mean share decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.judging.canaries import shown_first_share
from harness.judging.judge import Cost, Judge, Judgement, Pairing, Preferred
from valign.errors import InputError, unknown

_RULES = ("majority", "mean")


class Jury:
    """`members` are judges as a recipe names them: `{name:, settings:, label:}`.

    majority: the verdict of most members, a tie where two verdicts are equally frequent. mean: the mean of the members'
    shares. A member's unparsed verdict is no vote; without votes the jury's verdict is unparsed. The members' votes are
    stored with the verdict, and the audit reports their agreement.
    """

    def __init__(self, members: Sequence[Mapping[str, Any]], rule: str = "majority", cache: Path | None = None) -> None:
        """Build the members.

        Raises:
            InputError: fewer than two members, two with one label, an unknown rule, or a member that cannot be built.
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
                f"jury: expected two or more members with different labels, not {', '.join(labels) or 'none'}"
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
        judgements = {label: member.judge(pairings) for label, member in self._members.items()}
        return [self._combined({label: one[at] for label, one in judgements.items()}) for at in range(len(pairings))]

    def inputs(self) -> dict[str, Any]:
        """See `Judge`."""
        from harness.judging.registry import judge_inputs

        members = [
            {"label": label, **judge_inputs(*named)} for label, named in zip(self._members, self._named, strict=True)
        ]
        models = [model for member in members for model in member.get("models", ())]
        show = sorted({part for member in members for part in member.get("show", ())})
        return {"rule": self.rule, "members": members, "models": models, "show": show}

    def expected(self, pairings: Sequence[Pairing]) -> Cost:
        """See `Judge`."""
        costs = [expected(pairings) for m in self._members.values() if (expected := getattr(m, "expected", None))]
        return sum(costs, Cost())

    def _combined(self, judgements: Mapping[str, Judgement]) -> Judgement:
        cost = sum((one.cost for one in judgements.values()), Cost())
        for label, one in judgements.items():
            if one.preferred == "failed":
                return Judgement("failed", f"{label}: {one.reason}", cost=cost)
        votes = {label: shown_first_share(one) for label, one in judgements.items()}
        reason = "; ".join(f"{label}: {one.preferred}" for label, one in judgements.items())
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
