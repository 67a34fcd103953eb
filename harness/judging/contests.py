"""Two systems before a judge: every item in both orders, and the canaries that tell what the judge is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.answers import Answer, write_json
from harness.judges.base import Cost, Judge, Judgement, Pairing
from harness.judging.canaries import CanaryVerdict, plan_canaries, plan_injections, read_canaries, write_canaries
from harness.judging.verdicts import MIRRORED, Verdict, as_rows, from_row
from tasks.errors import InputError
from tasks.jsonl import read_rows, write_rows

_VERDICTS, _CANARIES, _COST = "verdicts.jsonl", "canaries.jsonl", "cost.json"


@dataclass(frozen=True)
class Contest:
    """Two systems' answers to the same items. `sections` maps a section's id to its text, for judges that show it.

    Raises:
        InputError: the systems did not answer the same items.
    """

    names: tuple[str, str]
    first: Sequence[Answer]
    second: Sequence[Answer]
    sections: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if [a.item for a in self.first] != [b.item for b in self.second]:
            raise InputError(
                f"{self.names[0]} and {self.names[1]} did not answer the same items; verdicts need the same prompts"
            )

    def pairings(self) -> list[Pairing]:
        """The items with the first system's answer shown first."""
        return [
            Pairing(a.item, a.prompt, a.reference, a.section, a.text, b.text, self.sections.get(a.section, ""))
            for a, b in zip(self.first, self.second, strict=True)
        ]


@dataclass(frozen=True)
class Judged:
    """What came of a contest. `failed` are the reasons of calls that brought no answer: then it is not finished."""

    verdicts: tuple[Verdict, ...]
    canaries: tuple[CanaryVerdict, ...]
    cost: Cost
    failed: tuple[str, ...] = ()


def judge_contests(judge: Judge, contests: Sequence[Contest], canaries: int = 0) -> list[Judged]:
    """Judge contests, each item in both orders, and `canaries` items of each contest once more with each canary.

    All contests go to the judge at once, so that one which asks a server keeps it busy; the injections follow, since
    they are put into the answers that lost.
    """
    shown = [contest.pairings() for contest in contests]
    planned = [plan_canaries(pairings, canaries) for pairings in shown]
    asked = [
        [*pairings, *(p.swapped() for p in pairings), *(canary.pairing for canary in extra)]
        for pairings, extra in zip(shown, planned, strict=True)
    ]
    said = _in_parts(judge, asked)
    injected = [
        plan_injections(pairings, extra, answers[: 2 * len(pairings)])
        for pairings, extra, answers in zip(shown, planned, said, strict=True)
    ]
    answered = _in_parts(judge, [[one.pairing for one in extra] for extra in injected])
    judged = []
    for at, contest in enumerate(contests):
        everything = [*said[at], *answered[at]]
        verdicts = _verdicts(judge.name, contest.names, shown[at], said[at])
        extra = [*planned[at], *injected[at]]
        about = [one.verdict(j) for one, j in zip(extra, everything[2 * len(shown[at]) :], strict=True)]
        failed = tuple(j.reason for j in everything if j.preferred == "failed")
        judged.append(Judged(tuple(verdicts), tuple(about), sum((j.cost for j in everything), Cost()), failed))
    return judged


def judge_pair(
    judge: Judge, first: Sequence[Answer], second: Sequence[Answer], names: tuple[str, str]
) -> list[Verdict]:
    """Judge two systems' answers item by item, each pair in both orders.

    Raises:
        InputError: the systems did not answer the same items.
    """
    return list(judge_contests(judge, [Contest(names, first, second)])[0].verdicts)


def _in_parts(judge: Judge, parts: Sequence[Sequence[Pairing]]) -> list[list[Judgement]]:
    """One call of the judge for all parts, its answers cut as the parts are."""
    flat = [pairing for part in parts for pairing in part]
    said = iter(judge.judge(flat) if flat else [])
    return [[next(said) for _ in part] for part in parts]


def _verdicts(judge: str, names: tuple[str, str], shown: Sequence[Pairing], said: Sequence[Judgement]) -> list[Verdict]:
    verdicts = []
    for position, pairing in enumerate(shown):
        forth, back = said[position], said[position + len(shown)]
        winner = MIRRORED.get(back.preferred, back.preferred)
        share = None if back.share is None else 1.0 - back.share
        votes = tuple((member, None if vote is None else 1.0 - vote) for member, vote in back.votes)
        verdicts += [
            Verdict(
                pairing.item, *names, "first-second", forth.preferred, judge, forth.reason, forth.share, forth.votes
            ),
            Verdict(pairing.item, *names, "second-first", winner, judge, back.reason, share, votes),
        ]
    return verdicts


def write_judged(folder: Path, judged: Judged) -> None:
    """Write a finished contest into an artefact's folder."""
    write_rows(folder / _VERDICTS, as_rows(judged.verdicts))
    if judged.canaries:
        write_canaries(folder / _CANARIES, judged.canaries)
    if judged.cost.calls:
        write_json(folder / _COST, vars(judged.cost))


def read_judged(folder: Path, names: tuple[str, str]) -> Judged:
    """Read what `write_judged` wrote; the systems are called `names`, whatever they were called then."""
    verdicts = tuple(from_row(row, first=names[0], second=names[1]) for _, row in read_rows(folder / _VERDICTS))
    canaries = read_canaries(folder / _CANARIES) if (folder / _CANARIES).is_file() else ()
    cost = folder / _COST
    return Judged(verdicts, canaries, Cost(**json.loads(cost.read_text("utf-8"))) if cost.is_file() else Cost())
