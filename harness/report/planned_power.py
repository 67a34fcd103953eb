"""The table of what a planned run can show, for the dry run."""

from __future__ import annotations

import math
from pathlib import Path

from harness.report.columns import heading, scaled
from harness.report.table import Table
from harness.run.manifest import is_finished
from harness.run.plan import Plan
from harness.run.planned_power import ASSUMED_CORRELATION, ASSUMED_DEVIATION, PlannedPower, planned_power


def power_tables(plan: Plan, folder: Path, variance_from: Path | None) -> list[Table]:
    """One table; none where the recipe compares nothing.

    folder: the run's own, whose variance is taken where it is finished and no other run is named.

    Raises:
        InputError: `variance_from` is no finished run.
    """
    finished = variance_from or (folder if is_finished(folder) else None)
    found = planned_power(plan, finished)
    if not found:
        return []
    header = ("Document", "Systems", "Figure", "items", "sections", "seeds", "can show", "matters", "items needed")
    title = f"What {plan.setup.recipe.name} can show"
    return [Table("planned-power", title, header, tuple(map(_row, found)), _notes(found))]


def _row(one: PlannedPower) -> tuple[str, ...]:
    power = one.power
    shown = "unknown" if math.isnan(power.detectable) else scaled(one.column, power.detectable)
    wanted = "" if power.wanted is None else scaled(one.column, power.wanted)
    counts = (str(power.n), str(power.units), str(one.seeds))
    return (one.document, " − ".join(one.pair), heading(one.column), *counts, shown, wanted, _needed(one))


def _needed(one: PlannedPower) -> str:
    """How many items the difference that matters needs, and how many more that is."""
    power = one.power
    if power.wanted is None or math.isnan(power.detectable):
        return ""
    if power.items_needed is None:
        return "more seeds"
    more = power.items_needed - power.n
    return f"{power.items_needed:,} ({more:,} more)" if more > 0 else f"{power.items_needed:,}: enough"


def _notes(found: list[PlannedPower]) -> tuple[str, ...]:
    notes = [
        "Can show: the smallest true difference that these items and training seeds show in 80% of runs, at the level "
        "of the first step of Holm's method over the document's primary comparisons. Matters: as the recipe says "
        "(`primary.metrics`); the items that it needs would lie in as many more sections.",
    ]
    if source := next((one.source for one in found if one.source), None):
        notes.append(
            f"Variance of {source}. A comparison of one seed there says nothing of what seeds differ by, and one with "
            f"fewer than 2 items a section nothing of their correlation, which then counts as {ASSUMED_CORRELATION}."
        )
    if assumed := [one for one in found if one.source is None]:
        stated = ", ".join(f"{heading(c)} {scaled(c, ASSUMED_DEVIATION[c])}" for c in ASSUMED_DEVIATION)
        which = "" if len(assumed) == len(found) else f" for {len(assumed)} rows"
        notes.append(
            f"Assumed{which}, since no finished run says (`--variance-from RUN`): the differences of single items have "
            f"the standard deviation {stated}, those of win rates 0.5; two items of a section correlate by "
            f"{ASSUMED_CORRELATION}; training seeds are alike."
        )
    return tuple(notes)
