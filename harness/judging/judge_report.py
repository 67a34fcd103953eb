"""The report on one judge in one document: win rates, strengths, head-to-head results, and the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
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
from harness.judging.win_rates import head_to_head, win_rate
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.values import Values, stacked

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JudgeVerdicts:
    """All verdicts of one judge in one document.

    items: ids in the resampler's order. systems: names in the tables' order, one for each training seed of a system.
    lengths: float64 (systems, items), characters of each answer. replicas: a system's name in tables -> those of its
    seeds in `systems`, in the order of the seeds; None where no system has several.
    """

    judge: str
    contests: Sequence[JudgedContest]
    items: Sequence[str]
    systems: Sequence[str]
    lengths: Array
    replicas: Mapping[str, Sequence[str]] | None = None

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The verdicts of all contests."""
        return [verdict for contest in self.contests for verdict in contest.verdicts]

    @cached_property
    def arrays(self) -> VerdictArrays:
        """The verdicts as arrays."""
        return VerdictArrays.of(self.verdicts, self.items, self.systems)

    @cached_property
    def worlds(self) -> list[VerdictArrays]:
        """The verdicts once for each training seed, under the systems' names in tables.

        In the k-th every system is the one of its k-th seed; a system of one seed is the same in all of them. So the
        figures of a system have as many training runs as any of its opponents has.
        """
        if not self._chosen:
            return [self.arrays]
        return [
            VerdictArrays.of(
                [
                    replace(one, first=names[one.first], second=names[one.second])
                    for one in self.verdicts
                    if one.first in names and one.second in names
                ],
                self.items,
                list(self.replicas or ()),
            )
            for names in self._chosen
        ]

    @cached_property
    def world_lengths(self) -> list[Array]:
        """The lengths of each of `worlds`, float64 (systems, items)."""
        at = {name: number for number, name in enumerate(self.systems)}
        return [self.lengths[[at[name] for name in names]] for names in self._chosen] or [self.lengths]

    @cached_property
    def _chosen(self) -> list[dict[str, str]]:
        """For each world the name of each of its systems -> that in tables; empty where no system has several seeds."""
        replicas = self.replicas or {}
        most = max((len(names) for names in replicas.values()), default=1)
        if most == 1:
            return []
        return [{names[k if len(names) > 1 else 0]: system for system, names in replicas.items()} for k in range(most)]

    def win_rate(self, system: str, opponents: Collection[str] | None = None) -> Values:
        """Per-item values of a system's win rate over some opponents, over all where None; a run for each world."""
        return stacked([win_rate(world, self.judge, system, opponents) for world in self.worlds])

    @cached_property
    def win_rates(self) -> dict[str, Values]:
        """Per-item values of each system's win rate over all its opponents."""
        return {name: self.win_rate(name) for name in self.worlds[0].systems}

    @cached_property
    def head_to_head(self) -> dict[tuple[str, str], Values]:
        """(system, opponent) -> per-item values of the system's share, for every judged pair in both directions."""
        worlds = [head_to_head(world, self.judge) for world in self.worlds]
        return {pair: stacked([world[pair] for world in worlds]) for pair in worlds[0]}

    def opponents(self, system: str) -> set[str]:
        """The systems that it was compared with."""
        return {other for one, other in self.head_to_head if one == system}


@dataclass(frozen=True)
class JudgeReport:
    """A judge's figures. Mappings go from system to estimate, `head_to_head` from system to opponent to estimate.

    wins: win rates. equal_length: win rates at equal length (`LengthModel`). strengths: Bradley-Terry log-strengths,
    mean 0. cost: of the verdicts when they were made. kin: warnings that the judge is of the same family as a model of
    the run.
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
    interval: str = "percentile",
) -> JudgeReport:
    """Compute the report on a judge. kin: see `JudgeReport`. pointwise: whether it scores each answer by itself."""
    wins, pairs = judged.win_rates, judged.head_to_head
    resampler.prepare([*wins.values(), *pairs.values()], swaps=False)
    model = fit_length(judged.worlds, judged.world_lengths, resampler)
    effect = None if model is None else model.effect(confidence, interval)
    canaries = [canary for contest in judged.contests for canary in contest.canaries]
    by_opponent: dict[str, dict[str, Estimate]] = {}
    for (system, opponent), values in pairs.items():
        by_opponent.setdefault(system, {})[opponent] = estimate(values, resampler, confidence, interval)
    return JudgeReport(
        judge=judged.judge,
        wins={name: estimate(values, resampler, confidence, interval) for name, values in wins.items()},
        equal_length={} if model is None else model.win_rates(confidence, interval),
        strengths=strengths(judged.worlds, resampler, confidence, interval),
        head_to_head=by_opponent,
        audit=audit(judged.arrays, resampler, canaries, judged.lengths, effect, confidence, pointwise, interval),
        jury=jury_agreement(judged.verdicts, judged.items, resampler, confidence, interval),
        cost=sum((contest.cost for contest in judged.contests), Cost()),
        kin=tuple(kin),
    )
