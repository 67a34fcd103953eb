"""The responses stage: a system answers the items of a safety suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.recipe.recipe import Safety
from harness.safety.answering import AskSettings, answer, check_data
from harness.safety.responses import Response, read_responses, write_responses
from harness.safety.scores import SCORERS
from harness.stages.base import DocumentPlanner, NotRunError, Stage, Workspace, Write
from harness.stages.machine import Machine
from harness.stages.system import SystemStage, each_system, write_with_layout
from tasks.safety import files
from tasks.safety.suite import SUITES, SafetySuite, find_suites
from valign.errors import InputError, unknown
from valign.fingerprint import of_file

#: Items of a task on average: of the core suite, of a public one (a guess). The share of items with written answers.
_CORE_ITEMS, _PUBLIC_ITEMS, _WRITTEN = 104, 500, 0.45


@dataclass(frozen=True, eq=False)
class Responses(SystemStage):
    """A system's responses to one safety suite."""

    suite: SafetySuite
    safety: Safety

    kind = "responses"

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a system and suite, where the recipe has a `safety:` block."""
        safety = planner.setup.recipe.safety
        if safety is None:
            return []
        return [
            cls(*parts, suite, safety)
            for suite in find_suites(safety.suite.split(","))
            for parts in each_system(planner, f"{suite.title} safety", suite.name)
        ]

    def inputs(self) -> dict[str, Any]:
        """The system and the suite's items."""
        return {**super().inputs(), "safety": suite_inputs(self.suite, self.safety)}

    def check(self) -> None:
        """The system can be run, and every task's scorer is known."""
        super().check()
        for task in self.suite.tasks:
            if task.scorer not in SCORERS:
                raise unknown(f"scorer of safety task {task.name}", task.scorer, SCORERS)

    def seconds(self, machine: Machine) -> float:
        """From the usual number of items of such a suite."""
        each = _PUBLIC_ITEMS if self.suite.source else _CORE_ITEMS
        items = len(self.suite.tasks) * min(each, self.safety.limit or each)
        return self.reading_seconds(machine, items) + machine.writing(_WRITTEN * items * self.safety.max_gen_toks)

    @classmethod
    def make(cls, stages: Sequence[Responses], work: Workspace) -> Iterator[tuple[Responses, Write]]:
        """Evaluate through lm-eval.

        Raises:
            NotRunError: a public suite's data cannot be had.
        """
        unreachable: dict[str, str] = work.shared("unreachable", "suites", dict)  # tried once for all systems
        for stage in stages:
            safety, suite = stage.safety, stage.suite
            data_dir = Path(safety.data_dir) if safety.data_dir else None
            settings = AskSettings(safety.limit, safety.max_gen_toks, stage.setup.recipe.seed, data_dir)
            try:
                if suite.name in unreachable:
                    raise InputError(unreachable[suite.name])
                check_data(suite, settings)
            except InputError as error:
                if suite.source is None:
                    raise
                unreachable[suite.name] = str(error)
                raise NotRunError(str(error)) from error
            responses, results = answer(stage.model(work), suite, settings)
            yield stage, write_with_layout(results, partial(write_responses, responses=responses))

    @classmethod
    def read(cls, folder: Path) -> list[Response]:
        """The responses."""
        return read_responses(folder)


def suite_inputs(suite: SafetySuite, settings: Safety) -> dict[str, Any]:
    """All that a suite's responses depend on besides the system, known before any data are loaded.

    Files count by their bytes, not by where they are: the tasks' YAML, the suite's own data, a local copy of a public
    suite. A public suite without one counts by its address, a suite of another package by that package's version too.

    Raises:
        InputError: `data_dir` is no folder, or a file is missing.
    """
    inputs: dict[str, Any] = {
        "part": suite.name,
        "package": SUITES.version(suite.name),
        "tasks": [task.inputs for task in suite.tasks],
        "limit": settings.limit,
        "max_gen_toks": settings.max_gen_toks,
        "data": {path.name: of_file(path) for path in suite.data},
    }
    if suite.source is None:
        return inputs
    copies = files.local(suite.source, Path(settings.data_dir) if settings.data_dir else None)
    if copies:
        return {**inputs, "source": {name: of_file(path) for name, path in sorted(copies.items())}}
    return {**inputs, "source": {"hub": suite.source.hub, "files": [asdict(file) for file in suite.source.files]}}


STAGE = Responses
