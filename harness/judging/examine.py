"""All that is said of one judge in one document: win rates, strengths, head to head, and the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judges.base import Cost
from harness.judging.agreement import Agreement, jury_agreement
from harness.judging.auditing import Audit, audit
from harness.judging.contests import Judged
from harness.judging.length import fit_length
from harness.judging.strengths import strengths
from harness.judging.verdicts import Verdict, VerdictArrays
from harness.judging.winrates import pair_values, win_values
from harness.statistics import Estimate, Resampler, estimate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """What verdicts are counted on: the items, the systems in the order of the tables, how long each answer is
    (characters, float64 (systems, items)), and the resamples.
    """

    items: Sequence[str]
    systems: Sequence[str]
    lengths: Array
    resampler: Resampler
    confidence: float = 0.95


@dataclass(frozen=True)
class JudgeReport:
    """A judge's figures. Mappings go from system to estimate, `head_to_head` from system to opponent to estimate.

    equal_length: win rates at equal length (`LengthModel`); strengths: Bradley-Terry, sum 1. kin: warnings of kinship
    with a model of the run. `cost` is that of the verdicts when they were made.
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
        """What makes the verdicts worthless, ready to print."""
        return [f"Judge {self.judge} is {alarm}." for alarm in self.audit.alarms()]

    @property
    def warnings(self) -> list[str]:
        """What a reader should know first, ready to print."""
        return [f"Judge {self.judge}: {warning}." for warning in (*self.kin, *self.audit.warnings())]


def examine(
    judge: str, contests: Sequence[Judged], ground: Ground, kin: Sequence[str] = (), pointwise: bool = False
) -> JudgeReport:
    """Count a judge's verdicts and examine the judge."""
    said: list[Verdict] = [verdict for one in contests for verdict in one.verdicts]
    canaries = [canary for one in contests for canary in one.canaries]
    verdicts = VerdictArrays.of(said, ground.items, ground.systems)
    resampler, confidence = ground.resampler, ground.confidence
    wins, pairs = win_values(verdicts, judge), pair_values(verdicts, judge)
    resampler.prepare([*wins.values(), *pairs.values()])
    model = fit_length(verdicts, ground.lengths, resampler)
    effect = None if model is None else model.effect(confidence, resampler.n_units)
    head_to_head: dict[str, dict[str, Estimate]] = {}
    for (system, opponent), values in pairs.items():
        head_to_head.setdefault(system, {})[opponent] = estimate(values, resampler, confidence)
    return JudgeReport(
        judge=judge,
        wins={name: estimate(values, resampler, confidence) for name, values in wins.items()},
        equal_length={} if model is None else model.win_rates(confidence, resampler.n_units),
        strengths=strengths(verdicts, resampler, confidence),
        head_to_head=head_to_head,
        audit=audit(verdicts, resampler, canaries, ground.lengths, effect, confidence, pointwise),
        jury=jury_agreement(said, ground.items, resampler),
        cost=sum((one.cost for one in contests), Cost()),
        kin=tuple(kin),
    )
