"""A recipe carried out: plan, make what is missing, read the figures, write the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from harness.check import check
from harness.execute import Executor, Told
from harness.plan import DocumentPlan, Planner, Step
from harness.recipe import Recipe
from harness.report.table import Table
from harness.report.write import write_report
from harness.results import DocumentResults, Reading
from harness.store import Store, write_whole
from tasks.errors import InputError


def run_folder(recipe: Recipe, out: Path | None) -> Path:
    """Where a run lies: `out`, or `runs/<recipe's name>`."""
    return out or Path("runs") / recipe.name


def run(recipe: Recipe, folder: Path, told: Told) -> list[Table]:
    """Carry out `recipe` in `folder`; `told` hears of every step. Returns the tables that were written.

    Raises:
        InputError: something the recipe names is wrong; nothing was written then.
    """
    planner = Planner(recipe)
    plans = planner.plan()
    store = Store(folder / "artefacts")
    check(planner, plans, store)
    try:
        write_whole(folder / "recipe.yaml", yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); a folder for the run is wanted") from None
    with store.alone():
        Executor(planner, store, told).run(plans)
    return write_report(folder, recipe, read_results(recipe, plans, store))


def read_results(recipe: Recipe, plans: Sequence[DocumentPlan], store: Store) -> list[DocumentResults]:
    """The figures of a finished run.

    Raises:
        InputError: an artefact is missing: the run is not finished.
    """
    missing = [step for plan in plans for step in plan.steps() if not store.has(step.artefact)]
    if missing:
        raise InputError(
            f"{store.folder}: {len(missing)} artefacts are missing, first {named(missing[0])}; run it again"
        )
    return [Reading(recipe, plan, store).results() for plan in plans]


def named(step: Step) -> str:
    """A step as a person reads it."""
    return f"{step.document.name}: {step.title}"
