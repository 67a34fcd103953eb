"""The verdicts stage: a judge compares the stored answers of two systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from harness.judging.canaries import plan_canaries
from harness.judging.contests import Contest, JudgedContest, judge_contests, read_judged, write_judged
from harness.judging.judge import Cost, Judge
from harness.judging.registry import find_judge, judge_inputs
from harness.models.answers import read_answers
from harness.recipe.recipe import JudgeChoice
from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace, Write
from tasks.documents.document import read_document
from valign.errors import InputError
from valign.fingerprint import of_file

#: Judgements that go to a judge together: enough to keep a server busy, few enough to lose little when stopped.
_TOGETHER = 4096


@dataclass(frozen=True, eq=False)
class Verdicts(Stage):
    """A judge's verdicts on two systems, by name; `first` and `second` hold their answers, planned or stored.

    source: the document's file, for judges that are shown its sections; it need not be there for others.
    """

    source: Path
    judge: JudgeChoice
    names: tuple[str, str]
    first: Artefact
    second: Artefact

    kind = "verdicts"
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a judge and pair of systems, seed by seed."""
        answers = {stage.system.name: stage for stage in planner.stages("answers")}
        recipe, folder = planner.setup.recipe, planner.folder
        ordered = {system.name: answers[system.name] for system in recipe.replicas}
        return [stage for judge in recipe.judges for stage in cls.of(folder.name, folder.path, judge, ordered)]

    @classmethod
    def of(cls, document: str, folder: Path, judge: JudgeChoice, answers: Mapping[str, Artefact]) -> list[Verdicts]:
        """The stages of a judge: all pairs of systems, or those with the system that it compares with.

        answers: by replica (`Recipe.replicas`). Two systems with several training seeds meet seed by seed.
        """
        stages = []
        for first, second in combinations(answers, 2):
            (one, seed), (other, other_seed) = (_system_and_seed(name) for name in (first, second))
            meet = one != other and (not seed or not other_seed or seed == other_seed)
            if meet and judge.against in (None, one, other):
                name, title = f"{document}-{first}-vs-{second}-{judge.key}", f"{judge.key}: {first} against {second}"
                label = Label(document, name, title, {"judge": judge.key, "first": first, "second": second})
                source = folder / "document.md"
                stages.append(cls(label, source, judge, (first, second), answers[first], answers[second]))
        return stages

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """Both systems' answers."""
        return (self.first, self.second)

    @property
    def batch(self) -> tuple[str, str, str]:
        """A judge is asked about all pairs of a document together."""
        return ("verdicts", self.document, self.judge.key)

    def inputs(self) -> dict[str, Any]:
        """The answers, the judge with its settings and model, and the document where the judge is shown it."""
        of_judge = judge_inputs(self.judge.name, self.judge.settings)
        shown = "section" in of_judge.get("show", ())
        return {
            "answers": [self.first.id, self.second.id],
            "judge": of_judge,
            "canaries": self.judge.canaries,
            "document": of_file(self.source) if shown and self.source.is_file() else None,
        }

    @classmethod
    def make(cls, stages: Sequence[Verdicts], work: Workspace) -> Iterator[tuple[Verdicts, Write]]:
        """Judge the pairs, thousands of judgements at a time.

        A pair with a call that brought no answer is not yielded; the calls that were answered are not made again.
        """
        judge = stages[0].opened_judge(work)
        failed: Counter[str] = Counter()
        for group in _groups(stages, work):
            judged = judge_contests(judge, [one.contest(work) for one in group], stages[0].judge.canaries)
            for stage, one in zip(group, judged, strict=True):
                failed.update(one.failed)
                if not one.failed:
                    yield stage, partial(write_judged, judged=one)
        if failed:
            reason, count = failed.most_common(1)[0]
            raise InputError(
                f"judge {stages[0].judge.key}: {failed.total():,} calls brought no answer, {count:,} of them: {reason}"
                "; they are no verdicts: run it again and they alone are asked again"
            )

    @classmethod
    def read(cls, folder: Path) -> JudgedContest:
        """Verdicts, canaries and cost, under the systems' names of the time when they were judged."""
        return read_judged(folder)

    def opened_judge(self, work: Workspace) -> Judge:
        """The judge, which keeps what a language model replied in the run's folder."""
        return find_judge(self.judge.name, self.judge.settings, work.replies)

    def contest(self, work: Workspace) -> Contest:
        """The pair as a judge sees it; without the sections' texts where the document is not there."""
        first, second = (read_answers(work.path(one)) for one in (self.first, self.second))
        sections = {one.id: one.text for one in read_document(self.source).sections} if self.source.is_file() else {}
        return Contest(self.names, first, second, sections)


def _system_and_seed(replica: str) -> tuple[str, str]:
    system, _, seed = replica.partition("@")
    return system, seed


def expected(stages: Sequence[Verdicts], work: Workspace) -> tuple[int, Cost]:
    """Judgements of one judge's stages, and what its calls of a language model would cost."""
    judgements, cost = 0, Cost()
    estimate = getattr(stages[0].opened_judge(work), "expected", None) if stages else None
    for stage in stages:
        shown = stage.contest(work).pairings()
        canaries = [one.pairing for one in plan_canaries(shown, stage.judge.canaries)]
        injected = canaries[: len(canaries) // 2]  # as many as one of the two kinds
        asked = [*shown, *(pairing.swapped() for pairing in shown), *canaries, *injected]
        judgements += len(asked)
        cost += estimate(asked) if estimate else Cost()
    return judgements, cost


def _groups(stages: Sequence[Verdicts], work: Workspace) -> Iterator[list[Verdicts]]:
    group: list[Verdicts] = []
    judgements = 0
    for stage in stages:
        group.append(stage)
        judgements += 2 * len(read_answers(work.path(stage.first)))
        if judgements >= _TOGETHER:
            yield group
            group, judgements = [], 0
    if group:
        yield group


STAGE = Verdicts
