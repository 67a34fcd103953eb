"""Evaluating a gate: every rule on every task, metric and system that it names, with one correction over all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from harness.gate.flips import Flip, flips
from harness.gate.rules import Gate, Rule
from harness.gate.sides import NotComparableError, Side, paired_values
from harness.run.columns import judge_of
from harness.run.logs.base import plain_task
from harness.statistics import MarginTest, Resampler, chance, holm, margin_test
from harness.statistics.resample import figures as corpus_figures
from harness.statistics.scored_items import Item, ScoredItems
from harness.statistics.values import Values
from valign.errors import InputError, unknown

Outcome = Literal["passed", "regressed", "not shown", "not judged"]

#: Outcome -> exit code of the process; the gate's outcome is the first of these that a check has.
EXIT_CODES: dict[Outcome, int] = {"regressed": 1, "not judged": 2, "not shown": 2, "passed": 0}
#: Fewer items (or sections) are not judged; the coverage study goes down to 12.
LEAST_UNITS = 10
#: A larger share of items without a score is not judged.
MOST_UNSCORED = 0.05


@dataclass(frozen=True)
class Check:
    """One rule on one task, metric and pair of systems: (main's, the candidate's).

    figures: main's and the candidate's, NaN where not comparable. test: of the improvement, candidate − main or, where
    lower is better, main − candidate; None where not comparable. p_above, p_below: one-sided, after Holm's correction
    over the gate. chance: the probability in [0, 1] that a candidate as good as main passes a `not_worse_by` rule.
    flips: of a metric that says right or wrong, else None.
    """

    task: str
    metric: str
    systems: tuple[str, str]
    rule: Rule
    outcome: Outcome
    reason: str
    figures: tuple[float, float] = (math.nan, math.nan)
    test: MarginTest | None = None
    p_above: float = math.nan
    p_below: float = math.nan
    chance: float = math.nan
    flips: tuple[Flip, ...] | None = None


@dataclass(frozen=True)
class GateResult:
    """All checks of a gate; its outcome is the worst of theirs, in the order of EXIT_CODES.

    notes: what was left out of the logs of another harness.
    """

    gate: Gate
    main: str
    candidate: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of all checks."""
        found = {check.outcome for check in self.checks}
        return next(outcome for outcome in EXIT_CODES if outcome in found)

    @property
    def exit_code(self) -> int:
        """0 passed, 1 regressed, 2 not shown or not judged."""
        return EXIT_CODES[self.outcome]


def judge_gate(gate: Gate, main: Side, candidate: Side) -> GateResult:
    """Evaluate a gate.

    For each check the improvement has a two-sided interval at the gate's confidence from paired bootstrap resamples
    (of whole sections where the data has them), and two one-sided p-values against the rule's bound: b for
    `better_by: b`, −m for `not_worse_by: m`. Holm's method corrects each of the two families of p-values over the gate,
    or that of regressions alone (`Gate.correction`). A check has *passed* if p_above is below (1 − confidence) / 2,
    which puts the interval above the bound. Else one of `not_worse_by` has *regressed* if p_below is, and is *not
    judged* if the interval contains the bound; the power says how many items would decide. One of `better_by` is *not
    shown*: a candidate that is not as much better as wished is no regression. So at 95% a candidate that is worse by
    the margin passes in at most 2.5% of runs, and one that is not worse by the margin regresses in at most 2.5%.

    Raises:
        InputError: a rule names a task, metric or system that neither side has.
    """
    planned = [check for number, rule in enumerate(gate.rules, 1) for check in _expanded(rule, number, main, candidate)]
    resamplers: dict[tuple[Item, ...], Resampler] = {}
    family = len(planned) if gate.correction == "all" else 1
    checks = [_measured(gate, check, family, (main, candidate), resamplers) for check in planned]
    above = [check.test.p_above if check.test else math.nan for check in checks]
    above = holm(above) if gate.correction == "all" else above
    below = holm([check.test.p_below if check.test else math.nan for check in checks])
    corrected = (
        replace(check, p_above=high, p_below=low) for check, high, low in zip(checks, above, below, strict=True)
    )
    decided = tuple(_decided(check, gate) for check in corrected)
    notes = tuple(dict.fromkeys((*main.notes, *candidate.notes)))
    return GateResult(gate, str(main.where), str(candidate.where), decided, notes)


def _expanded(rule: Rule, number: int, main: Side, candidate: Side) -> Iterator[Check]:
    """A rule's checks, not yet measured."""
    every = [scored for side in (main, candidate) for scored in side.scored]
    for metric in (column for name in rule.metric for column in _columns(name, number, every)):
        in_main, in_candidate = (dict.fromkeys(s.task for s in side.with_column(metric)) for side in (main, candidate))
        for task in rule.task or in_main or in_candidate:
            tasks = {scored.task for scored in every}
            if plain_task(task) not in tasks:
                raise unknown(f"task in rule {number}", task, tasks)
            for systems in _systems(rule, number, main, candidate):
                yield Check(task, metric, systems, rule, "not judged", "")


def _columns(metric: str, number: int, every: list[ScoredItems]) -> list[str]:
    """The columns that a rule's metric names: `exact_match` is that of every filter where there are several."""
    known = list(dict.fromkeys(column for scored in every for column in scored.columns))
    found = [metric] if metric in known else [column for column in known if column.startswith(f"{metric},")]
    if not found:
        raise unknown(f"metric in rule {number}", metric, known)
    return found


def _systems(rule: Rule, number: int, main: Side, candidate: Side) -> list[tuple[str, str]]:
    if rule.system:
        named = [(main.system(rule.against or name), candidate.system(name)) for name in rule.system]
        for side, name in ((side, name) for pair in named for side, name in zip((main, candidate), pair, strict=True)):
            if name not in side.systems:
                raise InputError(f"rule {number}: {unknown('system', name, side.systems)} (in {side.where})")
        return named
    if rule.against is not None:
        raise InputError(f"rule {number}: 'against' needs 'system', the candidate's system to compare with it")
    if len(main.systems) == len(candidate.systems) == 1:
        return [(main.systems[0], candidate.systems[0])]
    both = [(name, name) for name in main.systems if name in candidate.systems]
    if not both:
        raise InputError(f"rule {number}: no system has the same name on both sides; give 'system' and 'against'")
    return both


def _measured(
    gate: Gate, check: Check, family: int, sides: tuple[Side, Side], resamplers: dict[tuple[Item, ...], Resampler]
) -> Check:
    """The check with its figures and its test, or with the reason why they are not comparable."""
    rule = check.rule
    try:
        pair = paired_values(*sides, check.task, check.metric, check.systems)
    except NotComparableError as error:
        return replace(check, reason=str(error))
    resampler = resamplers.setdefault(pair.scored.items, _resampler(gate, pair.scored))
    better, worse = (pair.main, pair.candidate) if rule.lower_is_better else (pair.candidate, pair.main)
    test = margin_test(better, worse, resampler, rule.bound, gate.confidence, gate.power, family, pair.same)
    power = test.power
    passing = math.nan
    if rule.not_worse_by:
        passing = chance(rule.not_worse_by, power.standard_error, power.degrees, power.alpha)
    figures = _figure(pair.main, resampler), _figure(pair.candidate, resampler)
    flipped = None if judge_of(check.metric) else flips(pair, rule.lower_is_better)
    return replace(check, reason=pair.note, figures=figures, test=test, chance=passing, flips=flipped)


def _resampler(gate: Gate, scored: ScoredItems) -> Resampler:
    clusters = scored.clusters if gate.clusters == "section" else None
    return Resampler(len(scored.items), clusters, gate.resamples, gate.seed)


def _figure(values: Values, resampler: Resampler) -> float:
    return float(corpus_figures(values, resampler.unit_sums(values).sum(axis=0, keepdims=True))[0])


def _decided(check: Check, gate: Gate) -> Check:
    """The check with its outcome, and the reason where it has neither passed nor regressed."""
    if check.test is None:
        return check
    level, power = (1 - gate.confidence) / 2, check.test.power
    unit = "items" if power.units == power.n else "sections"
    if power.units < LEAST_UNITS:
        return replace(check, reason=f"too few: {power.units} {unit}, and fewer than {LEAST_UNITS} settle nothing")
    found = check.test.difference
    if found.n_unscored > MOST_UNSCORED * (found.n + found.n_unscored):
        return replace(check, reason=f"{found.n_unscored} of {found.n + found.n_unscored} items have no score")
    if check.p_above < level:
        return replace(check, outcome="passed")
    refuted, improvement = check.p_below < level, check.rule.better_by is not None
    if refuted and not improvement:
        return replace(check, outcome="regressed")
    why = "shown to be less than that" if refuted else _undecided(check.rule, check.test)
    reason = "; ".join([*filter(None, [check.reason]), why])
    return replace(check, outcome="not shown" if improvement else "not judged", reason=reason)


def _undecided(rule: Rule, test: MarginTest) -> str:
    """Why the data do not decide on a rule."""
    power = test.power
    finds = f"{power.n} items show a difference of {power.detectable:.3g} in {power.power:.0%} of runs"
    if rule.not_worse_by and power.detectable > rule.not_worse_by:
        needed = f"; about {power.items_needed:,} items would do" if power.items_needed else ""
        return f"too few items for a margin of {rule.not_worse_by:g}: {finds}{needed}"
    return f"too near the bound to tell: {finds}"
