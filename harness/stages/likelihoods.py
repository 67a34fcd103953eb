"""The likelihoods stage: the log-likelihoods of the held-out preference pairs' answers under a system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.models.answers import Likelihood, read_likelihoods, write_likelihoods
from harness.stages.base import DocumentPlanner, Stage, Workspace, Write
from harness.stages.machine import Machine
from harness.stages.system import SystemStage, each_system, write_with_layout
from valign.fingerprint import of_file


@dataclass(frozen=True, eq=False)
class Likelihoods(SystemStage):
    """Log-likelihoods of chosen and rejected answers under a system."""

    kind = "likelihoods"
    version = 2  # value and contrast of each pair
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a system, where the data have held-out pairs or a method learns from preferences."""
        learns = any(stage.implementation.reads == "preferences" for stage in planner.stages("checkpoint"))
        if not (learns or planner.folder.has_held_out_preferences):
            return []
        return [cls(*parts) for parts in each_system(planner, "log-likelihoods of preference pairs")]

    def inputs(self) -> dict[str, Any]:
        """The system and the pairs."""
        return {**super().inputs(), "pairs": of_file(self.folder.path / "heldout_preference.jsonl")}

    def check(self) -> None:
        """The held-out pairs too."""
        named = [(pair.id, pair.section) for pair in self.folder.held_out_preferences()]
        self.check_sections("heldout_preference", named)
        super().check()

    def seconds(self, machine: Machine) -> float:
        """From the number of pairs, both answers of each."""
        pairs = self.folder.held_out_preferences()
        return self.reading_seconds(machine, 2 * len(self.limited(pairs) or pairs))

    @classmethod
    def make(cls, stages: Sequence[Likelihoods], work: Workspace) -> Iterator[tuple[Likelihoods, Write]]:
        """Score by log-likelihood through lm-eval."""
        from harness.models import lm_eval_runs

        for stage in stages:
            recipe, model = stage.setup.recipe, stage.model(work)
            config = lm_eval_runs.task_config(stage.folder, "preference")
            pairs = stage.limited(stage.folder.held_out_preferences())
            results = lm_eval_runs.evaluate(model, config, pairs, None, recipe.seed)
            found = lm_eval_runs.likelihoods_of(results, model)
            yield stage, write_with_layout([results], partial(write_likelihoods, likelihoods=found))

    @classmethod
    def read(cls, folder: Path) -> list[Likelihood]:
        """The log-likelihoods, in the order of the held-out preference file."""
        return read_likelihoods(folder)


STAGE = Likelihoods
