"""Reading a finished run: answers, preference pairs, verdicts, and the scored items that figures are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from baselines.retrieval.measure import GoldRank
from harness.judging.contests import JudgedContest, read_judged
from harness.judging.families import family_warnings
from harness.judging.judge import Pairing
from harness.judging.judge_report import JudgeReport, JudgeVerdicts, judge_report
from harness.judging.verdicts import Verdict
from harness.judging.win_rates import win_rate
from harness.models.answers import Answer, Likelihood
from harness.run.manifest import DocumentRecord, Manifest, check_finished, read_manifest
from harness.run.store import Store
from harness.stages.base import STAGES
from harness.statistics import Resampler
from harness.statistics.scored_items import Item, ScoredItems, answers_fingerprint
from harness.statistics.values import Values, mean_values
from valign.errors import unknown
from valign.fingerprint import fingerprint

PREFERENCE = "preference_accuracy"
_WIN = "win_rate["


class Reading:
    """One document of a run, read from the manifest and artefacts; no model or data file is needed."""

    def __init__(self, manifest: Manifest, record: DocumentRecord, store: Store) -> None:
        self.recipe, self.record, self._store = manifest.recipe, record, store
        self.labels = manifest.labels
        self.names = [system.name for system in self.recipe.systems]
        self.answers: dict[str, list[Answer]] = self._by_system("answers")
        self.pairs: dict[str, list[Likelihood]] = self._by_system("likelihoods")
        self.ids = [answer.item for answer in self.answers[self.names[0]]]

    @cached_property
    def judged(self) -> dict[str, JudgeVerdicts]:
        """The verdicts of each judge."""
        contests: dict[str, list[JudgedContest]] = {}
        for one in self.record.of_kind("verdicts"):
            names = (one.about["first"], one.about["second"])
            contests.setdefault(one.about["judge"], []).append(read_judged(self._store.path(one), names))
        lengths = np.array([[len(answer.text) for answer in self.answers[name]] for name in self.names], dtype=float)
        return {judge: JudgeVerdicts(judge, some, self.ids, self.names, lengths) for judge, some in contests.items()}

    def judge_report(self, judge: str, resampler: Resampler) -> JudgeReport:
        """A judge's figures and its audit."""
        inputs = self._judge_inputs(judge)
        others = {"seed model": self.recipe.seed_model.model, "teacher": self.record.teacher or ""}
        kin = family_warnings(inputs.get("models", ()), others)
        confidence, pointwise = self.recipe.statistics.confidence, bool(inputs.get("pointwise"))
        return judge_report(self.judged[judge], resampler, confidence, kin, pointwise)

    @cached_property
    def scored(self) -> tuple[ScoredItems, ...]:
        """The held-out prompts, then the held-out preference pairs where there are any."""
        return (self._held_out(), self._preferences()) if self.pairs else (self._held_out(),)

    @cached_property
    def copied(self) -> dict[str, dict[str, Values]]:
        """The values of reference rows by row and column, parallel to the held-out prompts; no judge has any."""
        return self._scores([one.about["system"] for one in self.record.of_kind("copies")])

    @cached_property
    def ranks(self) -> dict[str, list[GoldRank]]:
        """Where each retriever ranked the right passages, the recipe's own first; empty without retrieval."""
        found: dict[str, list[GoldRank]] = {}
        for _, ranks in self.artefacts("retrieval"):
            for one in ranks:
                found.setdefault(one.retriever, []).append(one)
        return found

    def judge_identity(self, judge: str) -> str:
        """A fingerprint of a judge's name, model and settings, equal for the same judge in another run."""
        return fingerprint({key: value for key, value in self._judge_inputs(judge).items() if key != "versions"})

    def _judge_inputs(self, judge: str) -> dict[str, Any]:
        record = next(one for one in self.record.of_kind("verdicts") if one.about["judge"] == judge)
        inputs: dict[str, Any] = self._store.inputs(record)["judge"]
        return inputs

    def win_rate(self, judge: str, system: str, opponents: Sequence[str]) -> Values:
        """A system's win rate over some of its opponents."""
        return win_rate(self.judged[judge].arrays, judge, system, opponents)

    def artefacts(self, kind: str) -> list[tuple[dict[str, str], Any]]:
        """(about, content) of every artefact of a kind of stage."""
        stage = STAGES.find(kind)
        return [(one.about, stage.read(self._store.path(one))) for one in self.record.of_kind(kind)]

    def _by_system(self, kind: str) -> dict[str, Any]:
        """The artefacts of a kind by system, in the recipe's order; empty where the run has none."""
        found = {about["system"]: rows for about, rows in self.artefacts(kind)}
        return {name: found[name] for name in self.names if found}

    def _scores(self, names: Sequence[str]) -> dict[str, dict[str, Values]]:
        """The values of systems or reference rows by name and column, metrics in the recipe's order."""
        values: dict[str, dict[str, Values]] = {name: {} for name in names}
        for metric in self.recipe.metrics:
            for about, columns in self._all_scores:
                if about["metric"] == metric.name and about["system"] in values:
                    values[about["system"]] |= columns
        return values

    @cached_property
    def _all_scores(self) -> list[tuple[dict[str, str], dict[str, Values]]]:
        return self.artefacts("scores")

    def _held_out(self) -> ScoredItems:
        values = self._scores(self.names)
        for judge, judged in self.judged.items():
            for name, won in judged.win_rates.items():
                values[name][win_column(judge)] = won
        items = tuple(
            Item(a.item, fingerprint(a.prompt, a.reference), a.section, a.seen) for a in self.answers[self.names[0]]
        )
        texts = {name: answers_fingerprint((a.item, a.text) for a in answers) for name, answers in self.answers.items()}
        return ScoredItems(self.record.name, items, values, texts)

    def _preferences(self) -> ScoredItems:
        content = self.record.held_out["heldout_preference"]
        items = tuple(Item(pair.item, content, pair.section, pair.seen) for pair in self.pairs[self.names[0]])
        values = {name: {PREFERENCE: preference_values(pairs)} for name, pairs in self.pairs.items()}
        likelihoods = {
            name: answers_fingerprint((p.item, [p.chosen, p.rejected]) for p in pairs)
            for name, pairs in self.pairs.items()
        }
        return ScoredItems(self.record.name, items, values, likelihoods)


def preference_values(pairs: Sequence[Likelihood]) -> Values:
    """1 for each pair whose chosen answer has the higher log-likelihood, else 0."""
    signature = "preference_accuracy|log p(chosen) > log p(rejected), summed over tokens"
    return mean_values([float(pair.chosen > pair.rejected) for pair in pairs], signature)


def read_run(folder: Path) -> tuple[Manifest, list[Reading]]:
    """The manifest of a finished run and a reading of each of its documents.

    Raises:
        InputError: the folder contains no run, or an artefact is missing.
    """
    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store)
    return manifest, [Reading(manifest, record, store) for record in manifest.documents]


def win_column(judge: str) -> str:
    """The column of a judge's win rate."""
    return f"{_WIN}{judge}]"


def judge_of(column: str) -> str | None:
    """The judge of a win rate column; None for any other column."""
    return column.removeprefix(_WIN).removesuffix("]") if column.startswith(_WIN) else None


def run_pairings(folder: Path, judge: str) -> tuple[list[Verdict], dict[tuple[str, str, str], Pairing]]:
    """A judge's stored verdicts in a run, and (item, first, second) -> the pairing in the first order.

    Raises:
        InputError: the folder contains no run, or the run has no judge of that name.
    """
    verdicts, pairings = [], {}
    for reading in read_run(folder)[1]:
        if judge not in reading.judged:
            raise unknown(f"judge of {folder}", judge, reading.judged)
        answers = {(name, one.item): one for name, given in reading.answers.items() for one in given}
        for verdict in reading.judged[judge].verdicts:
            first, second = (answers[name, verdict.item] for name in (verdict.first, verdict.second))
            pairings[verdict.item, verdict.first, verdict.second] = Pairing(
                first.item, first.prompt, first.reference, first.section, first.text, second.text
            )
        verdicts += reading.judged[judge].verdicts
    return verdicts, pairings
