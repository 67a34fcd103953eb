"""A finished run read back: its answers, preference pairs and verdicts, and the suites that figures are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.answers import Answer, Likelihood, read_answers, read_likelihoods
from harness.fingerprint import fingerprint
from harness.judging import Ground, Judged, JudgeReport, Verdict, VerdictArrays, examine, read_judged, win_values
from harness.judging.families import kinship
from harness.manifest import DocumentRecord, Manifest, check_finished, read_manifest
from harness.metrics.base import Values, mean_values
from harness.scoring import read_values
from harness.statistics import Resampler
from harness.store import Store
from harness.suite import Item, Suite, said_of

PREFERENCE = "preference_accuracy"
_WIN = "win_rate["
Row = TypeVar("Row")


class Reading:
    """One document of a run, read from its manifest and artefacts: no model, no data file, no recipe is needed."""

    def __init__(self, manifest: Manifest, record: DocumentRecord, store: Store) -> None:
        self.recipe, self.record, self._store = manifest.recipe, record, store
        self.labels = manifest.labels
        self.names = [system.name for system in self.recipe.systems]
        self.answers: dict[str, list[Answer]] = self._by_system("answers", read_answers)
        self.pairs: dict[str, list[Likelihood]] = self._by_system("likelihoods", read_likelihoods)
        self.ids = [answer.item for answer in self.answers[self.names[0]]]

    @cached_property
    def judged(self) -> dict[str, list[Judged]]:
        """What each judge made of each pair of systems."""
        found: dict[str, list[Judged]] = {}
        for made in self.record.of_kind("verdicts"):
            names = (made.about["first"], made.about["second"])
            found.setdefault(made.about["judge"], []).append(read_judged(self._store.path(made), names))
        return found

    @cached_property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """Every judge's verdicts on the pairs of systems."""
        return {judge: [one for pair in pairs for one in pair.verdicts] for judge, pairs in self.judged.items()}

    def judge_report(self, judge: str, resampler: Resampler) -> JudgeReport:
        """A judge's figures and its audit."""
        inputs = self._judge_inputs(judge)
        lengths = np.array([[len(answer.text) for answer in self.answers[name]] for name in self.names], dtype=float)
        ground = Ground(self.ids, self.names, lengths, resampler, self.recipe.statistics.confidence)
        others = {"seed model": self.recipe.seed_model.model, "teacher": self.record.teacher or ""}
        kin = kinship(inputs.get("models", ()), others)
        return examine(judge, self.judged[judge], ground, kin, bool(inputs.get("pointwise")))

    @cached_property
    def suites(self) -> tuple[Suite, ...]:
        """What was measured: on the held-out prompts, then on the held-out preference pairs where there are any."""
        return (self._held_out(), self._preferences()) if self.pairs else (self._held_out(),)

    def judge_identity(self, judge: str) -> str:
        """A fingerprint of a judge's name and settings, its model among them: the same judge in another run has it."""
        return fingerprint({key: value for key, value in self._judge_inputs(judge).items() if key != "versions"})

    def _judge_inputs(self, judge: str) -> dict[str, Any]:
        made = next(made for made in self.record.of_kind("verdicts") if made.about["judge"] == judge)
        inputs: dict[str, Any] = self._store.inputs(made)["judge"]
        return inputs

    def win_values(self, judge: str, system: str, opponents: Sequence[str]) -> Values:
        """A system's win rate over some of its opponents, by judge."""
        wanted = {frozenset((system, opponent)) for opponent in opponents}
        said = [verdict for verdict in self.verdicts[judge] if frozenset((verdict.first, verdict.second)) in wanted]
        return win_values(VerdictArrays.of(said, self.ids, [system, *opponents]), judge)[system]

    def _by_system(self, kind: str, read: Callable[[Path], list[Row]]) -> dict[str, list[Row]]:
        """The rows of each system, in the recipe's order; none where nothing of the kind was made."""
        found = {made.about["system"]: read(self._store.path(made)) for made in self.record.of_kind(kind)}
        return {name: found[name] for name in self.names if found}

    def _held_out(self) -> Suite:
        values: dict[str, dict[str, Values]] = {name: {} for name in self.names}
        for metric in self.recipe.metrics:
            for made in self.record.of_kind("scores"):
                if made.about["metric"] == metric.name:
                    values[made.about["system"]] |= read_values(self._store.path(made))
        for judge, said in self.verdicts.items():
            for name, won in win_values(VerdictArrays.of(said, self.ids, self.names), judge).items():
                values[name][win_column(judge)] = won
        items = tuple(
            Item(a.item, fingerprint(a.prompt, a.reference), a.section, a.seen) for a in self.answers[self.names[0]]
        )
        texts = {name: said_of((a.item, a.text) for a in answers) for name, answers in self.answers.items()}
        return Suite(self.record.name, items, values, texts)

    def _preferences(self) -> Suite:
        content = self.record.held_out["heldout_preference"]
        items = tuple(Item(pair.item, content, pair.section, pair.seen) for pair in self.pairs[self.names[0]])
        values = {name: {PREFERENCE: preference_values(pairs)} for name, pairs in self.pairs.items()}
        weighed = {name: said_of((p.item, [p.chosen, p.rejected]) for p in pairs) for name, pairs in self.pairs.items()}
        return Suite(self.record.name, items, values, weighed)


def preference_values(pairs: Sequence[Likelihood]) -> Values:
    """1 for each pair whose chosen answer is the likelier one, else 0."""
    signature = "preference_accuracy|log p(chosen) > log p(rejected), summed over tokens"
    return mean_values([float(pair.chosen > pair.rejected) for pair in pairs], signature)


def read_run(folder: Path) -> tuple[Manifest, list[Reading]]:
    """The manifest of a finished run and a reading of each of its documents.

    Raises:
        InputError: no run lies there, or an artefact is missing.
    """
    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store)
    return manifest, [Reading(manifest, record, store) for record in manifest.documents]


def win_column(judge: str) -> str:
    """The column that holds a judge's win rate."""
    return f"{_WIN}{judge}]"


def judge_of(column: str) -> str | None:
    """The judge of a column of win rates; None of any other column."""
    return column.removeprefix(_WIN).removesuffix("]") if column.startswith(_WIN) else None
