"""The scores stage: a metric's values of a system's stored answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.metrics.scoring import metric_inputs, score_systems
from harness.models.answers import read_answers
from harness.recipe.recipe import MetricChoice
from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace, Write
from harness.statistics.values import Values, read_values, write_values


@dataclass(frozen=True, eq=False)
class Scores(Stage):
    """One system's values by one metric; `answers` are a stage of the plan or a stored artefact of a finished run."""

    system: str
    metric: MetricChoice
    answers: Artefact

    kind = "scores"
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a metric and system or reference row."""
        answers = {stage.system.name: stage for stage in planner.stages("answers")}
        recipe = planner.setup.recipe
        rows = [(system.name, answers[system.name]) for system in recipe.replicas]
        rows += [(stage.row, stage) for stage in planner.stages("copies")]
        return [cls.of(planner.folder.name, name, metric, stage) for metric in recipe.metrics for name, stage in rows]

    @classmethod
    def of(cls, document: str, system: str, metric: MetricChoice, answers: Artefact) -> Scores:
        """The stage of one system and metric."""
        name, title = f"{document}-{system}-{metric.name}", f"{system}: {metric.name}"
        return cls(Label(document, name, title, {"system": system, "metric": metric.name}), system, metric, answers)

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The answers."""
        return (self.answers,)

    @property
    def batch(self) -> tuple[str, str, str]:
        """All systems' answers are scored together: references are read once, equal texts embedded once."""
        return ("scores", self.document, self.metric.name)

    def inputs(self) -> dict[str, Any]:
        """The answers and the metric with its settings."""
        return {"answers": self.answers.id, "metric": metric_inputs(self.metric.name, self.metric.settings)}

    @classmethod
    def make(cls, stages: Sequence[Scores], work: Workspace) -> Iterator[tuple[Scores, Write]]:
        """Score all at once."""
        choice = stages[0].metric
        answers = [read_answers(work.path(stage.answers)) for stage in stages]
        scored = score_systems(choice.name, choice.settings, answers)
        for stage, columns in zip(stages, scored, strict=True):
            yield stage, partial(write_values, columns=columns)

    @classmethod
    def read(cls, folder: Path) -> dict[str, Values]:
        """The values by column."""
        return read_values(folder)


STAGE = Scores
