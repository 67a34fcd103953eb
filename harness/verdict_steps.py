"""The verdict steps of one judge: many pairs of systems at a time, each written when all of it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from harness.answers import read_answers
from harness.judges.base import Cost, Judge
from harness.judging import Contest, find_judge, judge_contests, write_judged
from harness.plan import Step
from harness.recipe import JudgeChoice
from harness.store import Store
from tasks.errors import InputError

#: Judgements that go to a judge together: enough to keep a server busy, few enough to lose little when stopped.
_TOGETHER = 4096


class VerdictSteps:
    """Steps that ask the same judge, and the store that their answers lie in and their verdicts go to."""

    def __init__(self, store: Store, steps: Sequence[Step]) -> None:
        self.store, self.steps = store, steps

    @cached_property
    def choice(self) -> JudgeChoice:
        """The judge as the recipe names it."""
        choice: JudgeChoice = self.steps[0].detail["judge"]
        return choice

    @cached_property
    def judge(self) -> Judge:
        """The judge itself; what a language model told it is kept in the run's folder."""
        return find_judge(self.choice.name, self.choice.settings, calls_file(self.store.folder.parent))

    def make(self, told: Callable[[Step, str], None]) -> None:
        """Judge all steps; `told` hears of each as it starts and ends.

        Raises:
            InputError: calls brought no answer. The pairs without such a call are kept, and the calls that were
                answered are not made again.
        """
        failed: Counter[str] = Counter()
        for steps in self._groups():
            for step in steps:
                told(step, "started")
            contests = [self._contest(step) for step in steps]
            for step, judged in zip(steps, judge_contests(self.judge, contests, self.choice.canaries), strict=True):
                if judged.failed:
                    failed.update(judged.failed)
                    continue
                self.store.make(step.artefact, partial(write_judged, judged=judged))
                told(step, "finished")
        if failed:
            reason, count = failed.most_common(1)[0]
            raise InputError(
                f"judge {self.choice.key}: {failed.total():,} calls brought no answer, {count:,} of them: {reason}; "
                "they are no verdicts: run it again and they alone are asked again"
            )

    def expected(self) -> Cost:
        """What judging all steps would cost, injections left out; nothing for a judge that calls no model."""
        expected = getattr(self.judge, "expected", None)
        if expected is None:
            return Cost()
        pairings = [p for step in self.steps for p in self._contest(step).pairings()]
        return expected([*pairings, *(p.swapped() for p in pairings)])

    def _groups(self) -> Iterator[list[Step]]:
        group: list[Step] = []
        for step in self.steps:
            group.append(step)
            if len(group) * 2 * len(self._contest(step).first) >= _TOGETHER:
                yield group
                group = []
        if group:
            yield group

    def _contest(self, step: Step) -> Contest:
        first, second = (step.detail[side] for side in ("first", "second"))
        names = (first.detail["system"].name, second.detail["system"].name)
        sections = {section.id: section.text for section in step.document.document().sections}
        answers = [read_answers(self.store.path(side.artefact)) for side in (first, second)]
        return Contest(names, answers[0], answers[1], sections)


def calls_file(folder: Path) -> Path:
    """Where a run keeps what language models told its judges."""
    return folder / "calls.sqlite"
