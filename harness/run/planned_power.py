"""Which differences a planned run can show: for each primary comparison, before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.recipe import Recipe
from harness.run.columns import PREFERENCE, judge_of
from harness.run.figures import compared_values, document_resampler
from harness.run.plan import DocumentPlan, Plan
from harness.run.primary import planned_columns, primary_columns, primary_comparisons
from harness.run.reading import Reading, read_run
from harness.statistics import Power, Resampler, Spread, power_of
from harness.statistics.compare import difference, paired

#: Standard deviation of one item's difference between two systems, in the metric's units (BLEU's of its pseudo-values),
#: where no finished run says: the largest of the quickstart's four comparisons (32 items in 29 sections), rounded up.
ASSUMED_DEVIATION = {
    "bleu": 4.0, "rouge1": 0.1, "rouge2": 0.06, "rougeL": 0.07, "bertscore_f1": 0.15, "section_hit": 0.65,
    PREFERENCE: 0.6,
}  # fmt: skip
#: That of a win rate.
ASSUMED_WIN_DEVIATION = 0.5
#: The assumed correlation of two items of one section.
ASSUMED_CORRELATION = 0.1


@dataclass(frozen=True)
class PlannedPower:
    """What a plan's primary comparison can show in a column.

    power: at the level of the first step of Holm's method over the document's primary comparisons. seeds: training runs
    that are compared. source: the run that the variance is from; None for an assumption.
    """

    document: str
    pair: tuple[str, str]
    column: str
    seeds: int
    power: Power
    source: Path | None


def planned_power(plan: Plan, finished: Path | None) -> list[PlannedPower]:
    """The power of every primary comparison of a plan. finished: a run of the same systems whose variance is taken.

    Raises:
        InputError: `finished` is no finished run.
    """
    readings = {one.record.name: one for one in read_run(finished)[1]} if finished else {}
    return [one for document in plan.documents for one in _of_document(plan, document, readings, finished)]


def _of_document(
    plan: Plan, document: DocumentPlan, readings: dict[str, Reading], finished: Path | None
) -> Iterator[PlannedPower]:
    recipe = plan.setup.recipe
    sections = {kind: _sections(document, kind) for kind in ("answers", "likelihoods")}
    known = [column for column in planned_columns(recipe) if column != PREFERENCE or sections["likelihoods"]]
    columns = primary_columns(recipe, known)
    tests = [(pair, column) for pair in primary_comparisons(recipe) for column in columns]
    reading = readings.get(document.folder.name)
    for pair, column in tests:
        planned = sections["likelihoods" if column == PREFERENCE else "answers"]
        units = len(set(planned)) if recipe.statistics.clusters == "section" else len(planned)
        found = _measured(reading, pair, column, len(planned) / units) if reading else None
        spread = found or _assumed(column, len(planned), units)
        seeds = _seeds(recipe, pair)
        power = power_of(spread, len(planned), units, seeds, columns[column], alpha=0.05 / len(tests))
        yield PlannedPower(document.folder.name, pair, column, seeds, power, finished if found else None)


def _sections(document: DocumentPlan, kind: str) -> list[str]:
    """The section of each item that stages of a kind ask; empty where the plan has none."""
    stage = next((one for one in document.stages if one.kind == kind), None)
    if stage is None:
        return []
    items = document.folder.held_out() if kind == "answers" else document.folder.held_out_preferences()
    positions = stage.limited(items)  # type: ignore[attr-defined]
    return [items[at].section for at in (range(len(items)) if positions is None else positions)]


def _seeds(recipe: Recipe, pair: Sequence[str]) -> int:
    """Training runs in a comparison: one where two systems of one training share a single seed."""
    named = {system.name: system for system in recipe.systems}
    systems = [named[name] for name in pair if name in named]  # a reference row is no system
    counts = [len(recipe.seeds_of(system)) or 1 for system in systems] or [1]
    return min(counts) if len({system.method for system in systems}) < len(systems) else max(counts)


def _measured(reading: Reading, pair: tuple[str, str], column: str, size: float) -> Spread | None:
    """The spread of a comparison in a finished run, for units of `size` items; None where the run does not have it."""
    for scored in reading.scored:
        if all(column in scored.values.get(name, {}) for name in pair):
            a, b = compared_values(reading.recipe, scored, pair, column)
            if a.signature == b.signature:
                resampler = document_resampler(reading.recipe, scored)
                clustered = difference(*paired(a, b), resampler, 0.95, "percentile").spread
                alone = difference(*paired(a, b), Resampler(len(scored.items), None, 1), 0.95, "percentile").spread
                return _resized(clustered, alone, size) if clustered.units > 1 and clustered.items > 0 else None
    return None


def _resized(clustered: Spread, alone: Spread, size: float) -> Spread:
    """The spread of units of `size` items, from that of units as they were and of items taken for units.

    The variance of a mean over units of m items is that over independent items times 1 + (m − 1) ρ; ρ, the correlation
    of two items of a unit, is estimated where units had 2 items or more, and else assumed.
    Source: Kish, Survey Sampling (1965), section 5.4.
    """
    was = alone.units / clustered.units
    correlation = ASSUMED_CORRELATION
    if was >= 2:
        correlation = min(1.0, max(0.0, (clustered.items / alone.items - 1) / (was - 1)))
    wanted = alone.items * was / size * (1 + (size - 1) * correlation)
    return clustered.scaled(wanted / clustered.items)


def _assumed(column: str, items: int, units: int) -> Spread:
    """The assumed spread, NaN for a column of which nothing is known."""
    deviation = ASSUMED_WIN_DEVIATION if judge_of(column) else ASSUMED_DEVIATION.get(column, math.nan)
    variance = deviation**2 / items * (1 + (items / units - 1) * ASSUMED_CORRELATION)
    return Spread(units, 1, variance, variance, 0.0, 0.0)
