"""What a person sees while a run goes on, and before it: the plan with estimates."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.plan import DocumentPlan, Planner, Step
from harness.store import Store


class StepPrinter:
    """Prints each step as it starts and ends, with the time it took and how many are left."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.done, self.reused = console, total, 0, 0
        self.missed = 0
        self._started: dict[str, float] = {}

    def __call__(self, step: Step, state: str) -> None:
        """Hear of a step."""
        if state == "started":
            self._started[step.artefact.id] = time.monotonic()
            self.console.print(f"[dim]{self._count(1)}[/] {_said(step)} …", highlight=False)
            return
        self.done += 1
        if state == "reused":
            self.reused += 1
            return
        if state.startswith("not run"):
            self.console.print(f"[dim]{self._count(0)}[/] {_said(step)} [yellow]{escape(state)}[/]", highlight=False)
            self.missed += 1
            return
        seconds = time.monotonic() - self._started[step.artefact.id]
        if seconds >= 1:
            line = f"[dim]{self._count(0)}[/] {_said(step)} [green]done[/] in {seconds:.0f} s"
            self.console.print(line, highlight=False)

    def _count(self, ahead: int) -> str:
        return f"[{self.done + ahead}/{self.total}]".replace("[", "\\[")

    def summary(self) -> str:
        """How much was made and how much was there already."""
        missed = f", {self.missed} not run" if self.missed else ""
        return f"{self.done - self.reused - self.missed} artefacts made, {self.reused} reused{missed}"


def _said(step: Step) -> str:
    return escape(f"{step.document.name}: {step.title}")


def plan_table(planner: Planner, plans: Sequence[DocumentPlan], store: Store) -> Any:
    """The plan as a table: each step, whether it is there already, and how long it should take.

    An estimate is arithmetic, not memory: floating-point operations over this machine's measured matrix speed, with
    the share of it that training and generation usually reach.
    """
    from harness.estimate import Estimator

    estimator = Estimator(planner)
    table = Table(title=f"Plan of {planner.recipe.name} on {planner.device}", title_justify="left", show_footer=True)
    rows = [(step, store.seconds(step.artefact)) for plan in plans for step in plan.steps()]
    expected = {step.artefact.id: estimator.seconds(step) for step, made in rows if made is None}
    table.add_column("Document", footer="")
    table.add_column("Step", footer=f"{len(rows)} steps, {len(expected)} to do")
    table.add_column("Artefact")
    table.add_column("Time", justify="right", footer=f"about {_span(sum(expected.values()))}")
    for step, made in rows:
        when = (
            f"[green]there[/] (took {_span(made)})"
            if made is not None
            else f"about {_span(expected[step.artefact.id])}"
        )
        table.add_row(step.document.name, step.title, step.artefact.id, when)
    return table


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds else "0 s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
