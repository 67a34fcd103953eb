"""The report on one judge in one document: win rates, strengths, head-to-head results, and the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.judging.agreement import Agreement, jury_agreement
from harness.judging.audit import Audit, audit
from harness.judging.contests import JudgedContest
from harness.judging.judge import Cost
from harness.judging.length import fit_length
from harness.judging.strengths import strengths
from harness.judging.verdicts import Verdict, VerdictArrays
from harness.judging.win_rates import head_to_head, win_rates
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.values import Values

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JudgeVerdicts:
    """All verdicts of one judge in one document.

    items: ids in the resampler's order. systems: names in the tables' order. lengths: float64 (systems, items),
    characters of each answer.
    """

    judge: str
    contests: Sequence[JudgedContest]
    items: Sequence[str]
    systems: Sequence[str]
    lengths: Array

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The verdicts of all contests."""
        return [verdict for contest in self.contests for verdict in contest.verdicts]

    @cached_property
    def arrays(self) -> VerdictArrays:
        """The verdicts as arrays."""
        return VerdictArrays.of(self.verdicts, self.items, self.systems)

    @cached_property
    def win_rates(self) -> dict[str, Values]:
        """Per-item values of each system's win rate over all its opponents."""
        return win_rates(self.arrays, self.judge)


@dataclass(frozen=True)
class JudgeReport:
    """A judge's figures. Mappings go from system to estimate, `head_to_head` from system to opponent to estimate.

    wins: win rates. equal_length: win rates at equal length (`LengthModel`). strengths: Bradley-Terry, sum 1. cost: of
    the verdicts when they were made. kin: warnings that the judge is of the same family as a model of the run.
    """

    judge: str
    wins: Mapping[str, Estimate]
    equal_length: Mapping[str, Estimate]
    strengths: Mapping[str, Estimate]
    head_to_head: Mapping[str, Mapping[str, Estimate]]
    audit: Audit
    jury: Agreement | None
    cost: Cost
    kin: tuple[str, ...] = ()

    @property
    def alarms(self) -> list[str]:
        """Findings that make the verdicts worthless, as sentences."""
        return [f"Judge {self.judge} is {alarm}." for alarm in self.audit.alarms()]

    @property
    def warnings(self) -> list[str]:
        """Biases of the judge, as sentences."""
        return [f"Judge {self.judge}: {warning}." for warning in (*self.kin, *self.audit.warnings())]


def judge_report(
    judged: JudgeVerdicts,
    resampler: Resampler,
    confidence: float = 0.95,
    kin: Sequence[str] = (),
    pointwise: bool = False,
) -> JudgeReport:
    """Compute the report on a judge. kin: see `JudgeReport`. pointwise: whether it scores each answer by itself."""
    verdicts, wins = judged.arrays, judged.win_rates
    pairs = head_to_head(verdicts, judged.judge)
    resampler.prepare([*wins.values(), *pairs.values()], swaps=False)
    model = fit_length(verdicts, judged.lengths, resampler)
    effect = None if model is None else model.effect(confidence, resampler.n_units)
    canaries = [canary for contest in judged.contests for canary in contest.canaries]
    by_opponent: dict[str, dict[str, Estimate]] = {}
    for (system, opponent), values in pairs.items():
        by_opponent.setdefault(system, {})[opponent] = estimate(values, resampler, confidence)
    return JudgeReport(
        judge=judged.judge,
        wins={name: estimate(values, resampler, confidence) for name, values in wins.items()},
        equal_length={} if model is None else model.win_rates(confidence, resampler.n_units),
        strengths=strengths(verdicts, resampler, confidence),
        head_to_head=by_opponent,
        audit=audit(verdicts, resampler, canaries, judged.lengths, effect, confidence, pointwise),
        jury=jury_agreement(judged.verdicts, judged.items, resampler),
        cost=sum((contest.cost for contest in judged.contests), Cost()),
        kin=tuple(kin),
    )
