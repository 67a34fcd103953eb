"""The labels stage: the class of every written response to a safety suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from harness.recipe.recipe import Safety
from harness.safety.labels import Labeller, build_classifier, label_inputs
from harness.safety.responses import Label, read_labels, read_responses, write_labels
from harness.stages.base import Artefact, DocumentPlanner, Stage, Workspace, Write
from harness.stages.responses import Responses


@dataclass(frozen=True, eq=False)
class Labels(Stage):
    """Labels of one system's responses to one suite."""

    responses: Responses
    safety: Safety

    kind = "labels"

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One for each stage of responses."""
        safety = planner.setup.recipe.safety
        return [
            cls(replace(one.label, title=f"{one.system.name}: class {one.suite.title} answers"), one, safety)
            for one in planner.stages("responses")
            if safety
        ]

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The responses."""
        return (self.responses,)

    def inputs(self) -> dict[str, Any]:
        """The responses, the classifier and the other labelling models."""
        return {"responses": self.responses.id, "labels": label_inputs(build_classifier(self.safety))}

    def check(self) -> None:
        """The judge model's name has a known form, and its prompt file is right."""
        build_classifier(self.safety)

    @classmethod
    def make(cls, stages: Sequence[Labels], work: Workspace) -> Iterator[tuple[Labels, Write]]:
        """Label with the recipe's classifier, built once for all systems."""
        for stage in stages:
            labeller = work.shared("labeller", repr(stage.safety), partial(_labeller, stage.safety))
            labels = labeller.label(stage.responses.suite, read_responses(work.path(stage.responses)))
            yield stage, partial(write_labels, labels=labels)

    @classmethod
    def read(cls, folder: Path) -> dict[tuple[str, str], Label]:
        """The labels, by task and item."""
        return read_labels(folder)


def _labeller(safety: Safety) -> Labeller:
    return Labeller(build_classifier(safety))


STAGE = Labels
