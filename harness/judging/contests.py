"""Two systems compared by a judge: every item in both orders, and canaries that test the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.judging.canaries import CanaryVerdict, plan_canaries, plan_injections, read_canaries, write_canaries
from harness.judging.judge import Cost, Judge, Judgement, Pairing
from harness.judging.verdicts import MIRRORED, Verdict, as_rows, from_row
from harness.models.answers import Answer
from valign.errors import InputError
from valign.files import write_json
from valign.jsonl import read_rows, write_rows

_VERDICTS, _CANARIES, _COST = "verdicts.jsonl", "canaries.jsonl", "cost.json"


@dataclass(frozen=True)
class Contest:
    """Two systems' answers to the same items. sections: the text of each section by id, for judges that show it.

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
class JudgedContest:
    """The verdicts of a contest. failed: reasons of calls without a reply; the contest is then unfinished."""

    verdicts: tuple[Verdict, ...]
    canaries: tuple[CanaryVerdict, ...]
    cost: Cost
    failed: tuple[str, ...] = ()


def judge_contests(judge: Judge, contests: Sequence[Contest], canaries: int = 0) -> list[JudgedContest]:
    """Judge contests, each item in both orders, and `canaries` items of each contest with each canary.

    All contests go to the judge in one call, which keeps a server busy. Injections follow in a second call, because
    they are appended to the answers that lost.
    """
    shown = [contest.pairings() for contest in contests]
    planned = [plan_canaries(pairings, canaries) for pairings in shown]
    judgements = _judge_groups(
        judge,
        [
            [*pairings, *(p.swapped() for p in pairings), *(canary.pairing for canary in extra)]
            for pairings, extra in zip(shown, planned, strict=True)
        ],
    )
    injected = [
        plan_injections(pairings, extra, of_contest[: 2 * len(pairings)])
        for pairings, extra, of_contest in zip(shown, planned, judgements, strict=True)
    ]
    of_injections = _judge_groups(judge, [[one.pairing for one in extra] for extra in injected])
    judged = []
    for at, contest in enumerate(contests):
        every = [*judgements[at], *of_injections[at]]
        verdicts = _verdicts(judge.name, contest.names, shown[at], judgements[at])
        extra = [*planned[at], *injected[at]]
        on_canaries = [one.verdict(j) for one, j in zip(extra, every[2 * len(shown[at]) :], strict=True)]
        failed = tuple(j.reason for j in every if j.preferred == "failed")
        cost = sum((j.cost for j in every), Cost())
        judged.append(JudgedContest(tuple(verdicts), tuple(on_canaries), cost, failed))
    return judged


def _judge_groups(judge: Judge, groups: Sequence[Sequence[Pairing]]) -> list[list[Judgement]]:
    """The judgements of each group, from one call of the judge."""
    flat = [pairing for group in groups for pairing in group]
    judgements = iter(judge.judge(flat) if flat else [])
    return [[next(judgements) for _ in group] for group in groups]


def _verdicts(
    judge: str, names: tuple[str, str], shown: Sequence[Pairing], judgements: Sequence[Judgement]
) -> list[Verdict]:
    verdicts = []
    for position, pairing in enumerate(shown):
        forth, back = judgements[position], judgements[position + len(shown)]
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


def write_judged(folder: Path, judged: JudgedContest) -> None:
    """Write a finished contest into an artefact's folder."""
    write_rows(folder / _VERDICTS, as_rows(judged.verdicts))
    if judged.canaries:
        write_canaries(folder / _CANARIES, judged.canaries)
    if judged.cost.calls:
        write_json(folder / _COST, vars(judged.cost))


def read_judged(folder: Path, names: tuple[str, str] | None = None) -> JudgedContest:
    """Read what `write_judged` wrote. names: the systems' current names, which replace the stored ones."""
    renamed = {"first": names[0], "second": names[1]} if names else {}
    verdicts = tuple(from_row(row, **renamed) for _, row in read_rows(folder / _VERDICTS))
    canaries = read_canaries(folder / _CANARIES) if (folder / _CANARIES).is_file() else ()
    cost = folder / _COST
    return JudgedContest(verdicts, canaries, Cost(**json.loads(cost.read_text("utf-8"))) if cost.is_file() else Cost())
