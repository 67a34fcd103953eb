"""A stage: how many words each system's answers have."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import valign


@dataclass(frozen=True, eq=False)
class Words(valign.Stage):
    """Words of one system's answers."""

    answers: Any

    kind = "words"

    @classmethod
    def plan(cls, planner: valign.DocumentPlanner) -> Sequence[valign.Stage]:
        """One a system."""
        return [
            cls(replace(one.label, title=f"{one.system.name}: count words"), one) for one in planner.stages("answers")
        ]

    @property
    def needs(self) -> tuple[Any, ...]:
        """The answers."""
        return (self.answers,)

    def inputs(self) -> dict[str, Any]:
        """The answers."""
        return {"answers": self.answers.id}

    @classmethod
    def make(cls, stages: Sequence["Words"], work: valign.Workspace) -> Iterator[tuple["Words", Any]]:
        """Count."""
        for stage in stages:
            counts = [len(one.text.split()) for one in stage.answers.read(work.path(stage.answers))]
            yield stage, lambda folder, counts=counts: (folder / "words.json").write_text(json.dumps(counts))

    @classmethod
    def read(cls, folder: Path) -> list[int]:
        """The counts."""
        return json.loads((folder / "words.json").read_text())


STAGE = Words
