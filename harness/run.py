"""A recipe carried out: plan, make what is missing, read the figures, write the report."""

from __future__ import annotations

from pathlib import Path

from harness.check import check
from harness.execute import Executor, Told
from harness.manifest import describe, write_manifest
from harness.plan import Planner
from harness.recipe import Recipe
from harness.report.table import Table
from harness.report.write import report_run
from harness.store import Store
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
        write_manifest(folder, describe(recipe, plans))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); a folder for the run is wanted") from None
    with store.alone():
        Executor(planner, store, told).run(plans)
    return report_run(folder)
