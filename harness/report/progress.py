"""What a person sees while a run goes on, and before it: the plan with estimates."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.run.plan import Plan
from harness.run.store import Store
from harness.stages.base import Stage
from harness.stages.machine import Machine
from valign.escaping import on_terminal

#: Stages that took less are counted and not printed.
_WORTH_A_LINE_S = 1.0


class StagePrinter:
    """One line a stage of a second or more as it ends, with the time it took and about how much is left.

    What is left is estimated by arithmetic and corrected by how long the finished stages took. On a terminal a line at
    the bottom names the stage that is being made.
    """

    def __init__(self, console: Console, plan: Plan, store: Store) -> None:
        self.console, self.plan = console, plan
        self.total, self.done, self.reused, self.not_run = len(plan.stages), 0, 0, 0
        self._missing = {stage.id: stage for stage in plan.missing(store)}
        self._started: dict[str, float] = {}
        self._took, self._expected_of_finished = 0.0, 0.0
        self._spinner = Spinner("dots")
        # libraries' output is redirected elsewhere, so that rich must leave sys.stdout and sys.stderr as they are
        self._live = Live(self._spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)

    def __enter__(self) -> StagePrinter:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, stage: Stage, state: str) -> None:
        """Take note of a stage's state."""
        if state == "started":
            self._started[stage.id] = time.monotonic()
            self._show(stage)
            return
        self.done += 1
        if state == "reused":
            self.reused += 1
        elif state.startswith("not run"):
            self.not_run += 1
            self._missing.pop(stage.id, None)
            self._print(stage, on_terminal(state, "yellow"))
        else:
            self._finished(stage)

    def _finished(self, stage: Stage) -> None:
        seconds = time.monotonic() - self._started.get(stage.id, time.monotonic())
        self._took += seconds
        self._expected_of_finished += self._expected.get(stage.id, 0.0)
        self._missing.pop(stage.id, None)
        if seconds >= _WORTH_A_LINE_S:
            self._print(stage, Text.assemble((span(seconds), "green"), (self._left(), "dim")))

    @cached_property
    def _expected(self) -> dict[str, float]:
        setup = self.plan.setup
        machine = Machine(setup.seed_model, setup.device, calibration_s=0.3)
        return {stage.id: stage.seconds(machine) for stage in self._missing.values()}

    def _left(self) -> str:
        """About how long the stages that are still to be made will take."""
        expected = sum(self._expected.get(one, 0.0) for one in self._missing)
        if not expected or not self._expected_of_finished:
            return ""
        return f", about {span(expected * self._took / self._expected_of_finished)} left"

    def _print(self, stage: Stage, text: Text) -> None:
        self.console.print(Text.assemble((self._count(0), "dim"), " ", _named(stage), "  ", text))

    def _show(self, stage: Stage) -> None:
        self._spinner.update(text=Text.assemble((self._count(1), "dim"), " ", _named(stage), " …"))

    def _count(self, ahead: int) -> str:
        return f"[{self.done + ahead}/{self.total}]"

    def summary(self) -> str:
        """How much was made and how much was there already."""
        not_run = f", {self.not_run} not run" if self.not_run else ""
        return f"{self.done - self.reused - self.not_run} artefacts made, {self.reused} reused{not_run}"


def _named(stage: Stage) -> Text:
    return on_terminal(f"{stage.document}: {stage.title}")


def plan_table(plan: Plan, store: Store) -> Any:
    """The plan as a table: each stage, whether it is there already, and how long it should take.

    An estimate is arithmetic, not memory: floating-point operations over this machine's measured matrix speed, with
    the share of it that training and generation usually reach.
    """
    setup = plan.setup
    machine = Machine(setup.seed_model, setup.device)
    title = on_terminal(f"Plan of {setup.recipe.name} on {setup.device}")
    table = Table(title=title, title_justify="left", show_footer=True)
    rows = [(stage, store.seconds(stage)) for stage in plan.stages]
    expected = {stage.id: stage.seconds(machine) for stage, took in rows if took is None}
    table.add_column("Document", footer="")
    table.add_column("Stage", footer=f"{len(rows)} stages, {len(expected)} to do")
    table.add_column("Artefact")
    table.add_column("Time", justify="right", footer=f"about {span(sum(expected.values()))}")
    for stage, took in rows:
        if took is None:
            when = Text(f"about {span(expected[stage.id])}")
        else:
            when = Text.assemble(("there", "green"), f" (took {span(took)})")
        table.add_row(*map(on_terminal, (stage.document, stage.title, stage.id)), when)
    return table


def span(seconds: float) -> str:
    """A time as people say it: seconds, minutes or hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds else "0 s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
