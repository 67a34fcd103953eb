"""The public Python interface: carrying out a recipe, reading a finished run, comparing two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.gate.rules import Gate, load_gate
from harness.gate.sides import open_side
from harness.gate.verdict import GateResult, judge_gate
from harness.recipe import Recipe, load_recipe, parse_recipe
from harness.report.formats.base import Report
from harness.report.library_output import to_log
from harness.report.page.joined import PageRun, unique_names
from harness.report.page.render import page_html
from harness.report.report import read_report, write_report
from harness.report.table import Table
from harness.run.executor import OnProgress, execute, settle_torch
from harness.run.manifest import Manifest, describe, write_manifest
from harness.run.plan import Plan, check_stages, make_plan
from harness.run.reading import Reading, read_run
from harness.run.store import Store
from harness.stages.setup import named_models
from valign.files import write_atomic
from valign.models.fetch import ensure_models


@dataclass(frozen=True)
class Run:
    """A finished run: its manifest, readings of its documents, and its report, each read when it is asked for."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        """What the run says of itself."""
        return read_run(self.folder)[0]

    @cached_property
    def documents(self) -> Mapping[str, Reading]:
        """Answers, verdicts and scores by document."""
        return {reading.record.name: reading for reading in read_run(self.folder)[1]}

    @cached_property
    def report(self) -> Report:
        """Every figure, with intervals and paired tests."""
        return read_report(self.folder)

    @property
    def tables(self) -> list[Table]:
        """The tables that a person reads first."""
        return self.report.tables

    def write_report(self, formats: Sequence[str] = ()) -> list[Path]:
        """Write the report into the run's folder; formats beyond the shipped ones by name."""
        return write_report(self.report, self.folder, formats)


def load_run(folder: str | Path) -> Run:
    """A finished run.

    Raises:
        InputError: no run is there, or an artefact that figures are read from is missing.
    """
    found = Run(Path(folder))
    _ = found.manifest
    return found


def write_page(folders: Sequence[str | Path], out: str | Path | None = None) -> Path:
    """Write one page of several runs, the later ones held against the first; returns its path.

    Args:
        folders: of finished runs.
        out: the file; `report-against-<the first run's folder>.html` in the last run's folder where not given.

    Raises:
        InputError: a folder contains no finished run.
    """
    paths = [Path(folder) for folder in folders]
    names = unique_names(paths)
    page = page_html([PageRun(name, read_report(path)) for name, path in zip(names, paths, strict=True)])
    written = Path(out) if out is not None else paths[-1] / f"report-against-{names[0]}.html"
    write_atomic(written, page)
    return written


RecipeLike = Recipe | Mapping[str, Any] | str | Path


def run(
    recipe: RecipeLike, out: str | Path | None = None, on_progress: OnProgress | None = None, verbose: bool = False
) -> Run:
    """Carry out a recipe: train, answer, score, judge, report. What is there already is not made again.

    Args:
        recipe: a recipe, its data, or the path of its file.
        out: the run's folder; `runs/<name>` where not given.
        on_progress: is given each stage with its state, "reused", "started", "finished" or "not run: …".
        verbose: whether what libraries print is shown; else it goes to `run.log` in the run's folder.

    Raises:
        InputError: something the recipe names is wrong; nothing was written then.
    """
    checked = as_recipe(recipe)
    ensure_models(named_models(checked))
    return run_plan(make_plan(checked), run_folder(checked, out), on_progress or (lambda stage, state: None), verbose)


def run_plan(plan: Plan, folder: Path, on_progress: OnProgress, verbose: bool = False) -> Run:
    """Carry out a plan in `folder` and write the report.

    verbose: whether what libraries print is shown; else it goes to `run.log` in the folder.
    """
    store = Store(folder / "artefacts")
    missing = plan.missing(store)
    check_stages(missing)
    with store.lock():
        write_manifest(folder, describe(plan))
        with nullcontext() if verbose or not missing else to_log(folder / "run.log") as outside:
            if missing:
                settle_torch(plan.setup.recipe)
            execute(plan.stages, store, outside(on_progress) if outside else on_progress)
        finished = Run(folder)
        finished.write_report()
    return finished


def import_logs(sources: Sequence[str], out: str | Path, tasks: Sequence[str] = ()) -> Run:
    """A run folder of other harnesses' logs: several systems on the same items, without a recipe.

    Args:
        sources: `PATH` or `NAME=PATH` of lm-eval's samples, of inspect's eval logs, or of folders of them.
        out: a new folder.
        tasks: which tasks to take; all where empty.

    Raises:
        InputError: see `harness.run.imports.import_logs`.
    """
    from harness.run import imports

    imports.import_logs(sources, Path(out), tasks, lambda stage, state: None)
    imported = Run(Path(out))
    imported.write_report()
    return imported


def as_recipe(recipe: RecipeLike) -> Recipe:
    """A recipe from itself, its data, or its file."""
    if isinstance(recipe, Recipe):
        return recipe
    return parse_recipe(dict(recipe), "recipe") if isinstance(recipe, Mapping) else load_recipe(Path(recipe))


def run_folder(recipe: Recipe, out: str | Path | None) -> Path:
    """The folder of a run: `out`, or `runs/<recipe's name>`."""
    return Path(out) if out is not None else Path("runs") / recipe.name


def compare(main: str | Path, candidate: str | Path, gate: Gate | str | Path) -> GateResult:
    """Hold a candidate run against the main one by a gate; either may be what lm-eval or inspect logged.

    Raises:
        InputError: a side is neither a run nor another harness's logs, or a rule names what neither side has.
    """
    rules = gate if isinstance(gate, Gate) else load_gate(Path(gate))
    sides = (open_side(Path(where), rules.columns.__contains__) for where in (main, candidate))
    return judge_gate(rules, *sides)
