"""Pairs of systems whose stored answers a judge compares: many at a time, each written when all of it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from pathlib import Path

from harness import __version__
from harness.answers import read_answers
from harness.judges.base import Cost, Judge
from harness.judging import Contest, find_judge, judge_contests, judge_inputs, write_judged
from harness.judging.canaries import plan_canaries
from harness.recipe import JudgeChoice
from harness.store import Artefact, Store
from tasks.document import read_document
from tasks.errors import InputError

#: Judgements that go to a judge together: enough to keep a server busy, few enough to lose little when stopped.
_TOGETHER = 4096


@dataclass(frozen=True)
class Pair:
    """Two systems by name, where their answers lie, the document's folder, and the artefact to make."""

    names: tuple[str, str]
    answers: tuple[Path, Path]
    document: Path
    artefact: Artefact

    def contest(self) -> Contest:
        """The pair as a judge sees it; without the sections' texts where the document is not there."""
        first, second = (read_answers(folder) for folder in self.answers)
        file = self.document / "document.md"
        sections = {one.id: one.text for one in read_document(file).sections} if file.is_file() else {}
        return Contest(self.names, first, second, sections)


def opponents(systems: Sequence[str], choice: JudgeChoice) -> list[tuple[str, str]]:
    """The pairs of systems that a judge compares: all, or those with the system that it compares against."""
    return [pair for pair in combinations(systems, 2) if choice.against is None or choice.against in pair]


def verdict_artefacts(document: str, answers: dict[str, str], choice: JudgeChoice) -> dict[tuple[str, str], Artefact]:
    """The artefacts of a judge's verdicts, by pair. answers: the fingerprint of each system's answers."""
    of_judge = judge_inputs(choice.name, choice.settings)
    found = {}
    for first, second in opponents(list(answers), choice):
        inputs = {
            "valign": __version__,
            "answers": [answers[first], answers[second]],
            "judge": of_judge,
            "canaries": choice.canaries,
        }
        found[first, second] = Artefact("verdicts", f"{document}-{first}-vs-{second}-{choice.key}", inputs)
    return found


class PairJudging:
    """A judge and the pairs that it is to compare."""

    def __init__(self, store: Store, choice: JudgeChoice, pairs: Sequence[Pair]) -> None:
        self.store, self.choice, self.pairs = store, choice, pairs

    @cached_property
    def judge(self) -> Judge:
        """The judge itself; what a language model told it is kept in the run's folder."""
        return find_judge(self.choice.name, self.choice.settings, self.store.folder.parent / "calls.sqlite")

    def make(self, told: Callable[[Pair, str], None]) -> Cost:
        """Judge all pairs; `told` hears of each as it is "started" and "finished". Returns what it cost.

        Raises:
            InputError: calls brought no answer. The pairs without such a call are kept, and the calls that were
                answered are not made again.
        """
        failed: Counter[str] = Counter()
        cost = Cost()
        for pairs in self._groups():
            for pair in pairs:
                told(pair, "started")
            judged = judge_contests(self.judge, [pair.contest() for pair in pairs], self.choice.canaries)
            for pair, one in zip(pairs, judged, strict=True):
                cost += one.cost
                failed.update(one.failed)
                if not one.failed:
                    self.store.make(pair.artefact, partial(write_judged, judged=one))
                    told(pair, "finished")
        if failed:
            reason, count = failed.most_common(1)[0]
            raise InputError(
                f"judge {self.choice.key}: {failed.total():,} calls brought no answer, {count:,} of them: {reason}; "
                "they are no verdicts: run it again and they alone are asked again"
            )
        return cost

    def expected(self) -> tuple[int, Cost]:
        """Judgements, and what the calls for them would cost; nothing for a judge that calls no language model."""
        judgements, cost = 0, Cost()
        expected = getattr(self.judge, "expected", None)
        for pair in self.pairs:
            shown = pair.contest().pairings()
            canaries = [one.pairing for one in plan_canaries(shown, self.choice.canaries)]
            injected = canaries[: len(canaries) // 2]  # as many as one of the two kinds
            asked = [*shown, *(pairing.swapped() for pairing in shown), *canaries, *injected]
            judgements += len(asked)
            cost += expected(asked) if expected else Cost()
        return judgements, cost

    def _groups(self) -> Iterator[list[Pair]]:
        group: list[Pair] = []
        judgements = 0
        for pair in self.pairs:
            group.append(pair)
            judgements += 2 * len(read_answers(pair.answers[0]))
            if judgements >= _TOGETHER:
                yield group
                group, judgements = [], 0
        if group:
            yield group
