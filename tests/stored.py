"""The smallest stage: an artefact by kind, name and inputs, for tests of what stores and reads artefacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.stages.base import DocumentPlanner, Label, Stage, Workspace, Write


@dataclass(frozen=True, eq=False)
class Stored(Stage):
    """Makes nothing by itself: a test writes its artefact."""

    of_kind: str
    given: dict[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.of_kind)

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        return []

    def inputs(self) -> dict[str, Any]:
        return self.given

    @classmethod
    def make(cls, stages: Sequence[Stored], work: Workspace) -> Iterator[tuple[Stored, Write]]:
        raise NotImplementedError


def stored(kind: str, name: str, given: dict[str, Any], about: dict[str, str] | None = None) -> Stored:
    """An artefact of that kind and name, made from what is given."""
    return Stored(Label("udhr", name, name, about or {}), kind, given)
