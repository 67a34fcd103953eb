"""The answers stage: a system answers the held-out prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.models.answers import Answer, read_answers, write_answers
from harness.stages.base import DocumentPlanner, Stage, Workspace, Write
from harness.stages.machine import ANSWER_SHARE, Machine
from harness.stages.system import SystemStage, each_system, write_with_layout
from valign.fingerprint import of_file


@dataclass(frozen=True, eq=False)
class Answers(SystemStage):
    """A system's answers to a document's held-out prompts."""

    kind = "answers"
    version = 2  # value, stance and key facts of each item
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a system."""
        return [cls(*parts) for parts in each_system(planner, "answer")]

    def inputs(self) -> dict[str, Any]:
        """The system, the prompts and the generation settings."""
        prompts = of_file(self.folder.path / "heldout.jsonl")
        return {**super().inputs(), "prompts": prompts, "generation": self.setup.recipe.generation.model_dump()}

    def check(self) -> None:
        """The held-out prompts too."""
        self.check_sections("heldout", [(item.id, item.section) for item in self.folder.held_out()])
        super().check()

    def seconds(self, machine: Machine) -> float:
        """From the number of prompts and the longest answer."""
        held_out = self.folder.held_out()
        items = len(self.limited(held_out) or held_out)
        written = items * self.setup.recipe.generation.max_gen_toks * ANSWER_SHARE
        return self.reading_seconds(machine, items) + machine.writing(written)

    @classmethod
    def make(cls, stages: Sequence[Answers], work: Workspace) -> Iterator[tuple[Answers, Write]]:
        """Ask through lm-eval."""
        from harness.models import lm_eval_runs

        for stage in stages:
            recipe, model = stage.setup.recipe, stage.model(work)
            arguments = lm_eval_runs.generation_arguments(recipe.generation)
            config = lm_eval_runs.task_config(stage.folder, "heldout")
            results = lm_eval_runs.evaluate(
                model, config, stage.limited(stage.folder.held_out()), arguments, recipe.seed
            )
            answers = lm_eval_runs.answers_of(results, model)
            yield stage, write_with_layout([results], partial(write_answers, answers=answers))

    @classmethod
    def read(cls, folder: Path) -> list[Answer]:
        """The answers, in the order of the held-out file."""
        return read_answers(folder)


STAGE = Answers
