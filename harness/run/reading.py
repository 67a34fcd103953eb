"""Reading a finished run: answers, preference pairs, verdicts, and the scored items that figures are computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from harness.models.answers import Answer, Likelihood
from harness.run.columns import CONTRAST, PREFERENCE, win_column
from harness.run.manifest import DocumentRecord, Manifest, StageRecord, check_finished, read_manifest
from harness.run.store import Store
from harness.stages.base import STAGES
from harness.statistics import Resampler
from harness.statistics.scored_items import Item, ScoredItems, answers_fingerprint
from harness.statistics.values import Values, mean_values, stacked
from valign.errors import unknown
from valign.fingerprint import fingerprint


class Reading:
    """One document of a run, read from the manifest and artefacts; no model or data file is needed.

    replicas: a system -> its names by training seed (`Recipe.replicas`). all_answers: by replica. answers: by system,
    those of its first seed, which a person is shown.
    """

    def __init__(self, manifest: Manifest, record: DocumentRecord, store: Store) -> None:
        self.recipe, self.record, self._store = manifest.recipe, record, store
        self.labels, self.models = manifest.labels, manifest.models
        self.replicas = {
            system.name: [one.name for one in self.recipe.replicas_of(system)] for system in self.recipe.systems
        }
        self.names = list(self.replicas)
        self.all_answers: dict[str, list[Answer]] = self._by_replica("answers")
        self.answers = {name: self.all_answers[replicas[0]] for name, replicas in self.replicas.items()}
        self.pairs: dict[str, list[Likelihood]] = self._by_replica("likelihoods")
        self.ids = [answer.item for answer in self.answers[self.names[0]]]

    @cached_property
    def judged(self) -> dict[str, JudgeVerdicts]:
        """The verdicts of each judge."""
        contests: dict[str, list[JudgedContest]] = {}
        for one in self.record.of_kind("verdicts"):
            pair = (one.about["first"], one.about["second"])
            contests.setdefault(one.about["judge"], []).append(read_judged(self._store.path(one), pair))
        lengths = np.array([[len(answer.text) for answer in answers] for answers in self.all_answers.values()], float)
        names = list(self.all_answers)
        return {
            judge: JudgeVerdicts(judge, some, self.ids, names, lengths, self.replicas)
            for judge, some in contests.items()
        }

    def judge_report(self, judge: str, resampler: Resampler) -> JudgeReport:
        """A judge's figures and its audit."""
        inputs = self._judge_inputs(judge)
        others = {**self.models, "teacher": self.record.teacher or ""}
        kin = family_warnings(inputs.get("models", ()), others)
        settings, pointwise = self.recipe.statistics, bool(inputs.get("pointwise"))
        return judge_report(self.judged[judge], resampler, settings.confidence, kin, pointwise, settings.interval)

    @cached_property
    def scored(self) -> tuple[ScoredItems, ...]:
        """The held-out prompts, then the held-out preference pairs and their contrasts where there are any."""
        if not self.pairs:
            return (self._held_out(),)
        some = any(pair.contrast for pair in self.pairs[self.names[0]])
        return (self._held_out(), self._preferences(), *((self._contrasts(),) if some else ()))

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
        return self.judged[judge].win_rate(system, opponents)

    def artefacts(self, kind: str) -> list[tuple[dict[str, str], Any]]:
        """(about, content) of every artefact of a kind of stage."""
        stage = STAGES.find(kind)
        return [(one.about, stage.read(self._store.path(one))) for one in self.record.of_kind(kind)]

    def folder(self, record: StageRecord) -> Path:
        """The folder of a stage's artefact, which need not be there where figures do not rest on it."""
        return self._store.path(record)

    def seconds(self, record: StageRecord) -> float | None:
        """How long making a stage's artefact took, or None where it is not there."""
        return self._store.seconds(record)

    def _by_replica(self, kind: str) -> dict[str, Any]:
        """The artefacts of a kind by replica, in the recipe's order; empty where the run has none."""
        found = {about["system"]: rows for about, rows in self.artefacts(kind)}
        return {replica: found[replica] for replicas in self.replicas.values() for replica in replicas if found}

    def _by_system(self, values: Mapping[str, Mapping[str, Values]]) -> dict[str, dict[str, Values]]:
        """Values by replica and column as those of systems, whose training runs stand side by side."""
        return {
            name: {column: stacked([values[one][column] for one in replicas]) for column in values[replicas[0]]}
            for name, replicas in self.replicas.items()
        }

    def _fingerprints(self, answers: Mapping[str, Iterable[tuple[str, Any]]]) -> dict[str, str]:
        """The fingerprint of each system's answers, of all its replicas. answers: (item, answer) by replica."""
        of_replica = {name: answers_fingerprint(given) for name, given in answers.items()}
        return {
            name: of_replica[replicas[0]] if len(replicas) == 1 else fingerprint([of_replica[one] for one in replicas])
            for name, replicas in self.replicas.items()
        }

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
        values = self._by_system(self._scores(list(self.all_answers)))
        for judge, judged in self.judged.items():
            for name, won in judged.win_rates.items():
                values[name][win_column(judge)] = won
        items = tuple(
            Item(a.item, fingerprint(a.prompt, a.reference), a.section, a.seen, a.value)
            for a in self.answers[self.names[0]]
        )
        texts = {name: [(a.item, a.text) for a in answers] for name, answers in self.all_answers.items()}
        first = self.answers[self.names[0]]
        shown = {name: [answer.text for answer in answers] for name, answers in self.answers.items()}
        return ScoredItems(
            self.record.name, items, values, self._fingerprints(texts), [answer.prompt for answer in first], shown
        )

    def _preferences(self) -> ScoredItems:
        pairs = next(iter(self.pairs.values()))
        items = tuple(self._pair_item(pair.item, pair) for pair in pairs)
        return self._scored_pairs(items, {PREFERENCE: preference_values})

    def _contrasts(self) -> ScoredItems:
        firsts = [pair for pair, _ in contrasts_of(next(iter(self.pairs.values())))]
        items = tuple(self._pair_item(str(pair.contrast), pair) for pair in firsts)
        return self._scored_pairs(items, {CONTRAST: contrast_values})

    def _pair_item(self, name: str, pair: Likelihood) -> Item:
        return Item(name, self.record.held_out["heldout_preference"], pair.section, pair.seen, pair.value)

    def _scored_pairs(
        self, items: tuple[Item, ...], columns: Mapping[str, Callable[[Sequence[Likelihood]], Values]]
    ) -> ScoredItems:
        values = {
            name: {column: values_of(pairs) for column, values_of in columns.items()}
            for name, pairs in self.pairs.items()
        }
        likelihoods = {name: [(p.item, [p.chosen, p.rejected]) for p in pairs] for name, pairs in self.pairs.items()}
        return ScoredItems(self.record.name, items, self._by_system(values), self._fingerprints(likelihoods))


def contrasts_of(pairs: Sequence[Likelihood]) -> list[tuple[Likelihood, Likelihood]]:
    """The two pairs of each contrast, in the order of their first; pairs without a contrast are left out."""
    members: dict[str, list[Likelihood]] = {}
    for pair in pairs:
        if pair.contrast:
            members.setdefault(pair.contrast, []).append(pair)
    return [(first, second) for first, second in members.values()]


def contrast_values(pairs: Sequence[Likelihood]) -> Values:
    """1 for each contrast whose chosen answer has the higher log-likelihood after both prompts, else 0.

    Whoever always prefers the same of the two answers has 0, a coin 0.25.
    """
    both = [all(one.chosen > one.rejected for one in contrast) for contrast in contrasts_of(pairs)]
    signature = "contrast_accuracy|log p(chosen) > log p(rejected) after both prompts, summed over tokens"
    return mean_values([float(right) for right in both], signature)


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


def run_pairings(folder: Path, judge: str) -> tuple[list[Verdict], dict[tuple[str, str, str], Pairing]]:
    """A judge's stored verdicts in a run, and (item, first, second) -> the pairing in the first order.

    Raises:
        InputError: the folder contains no run, or the run has no judge of that name.
    """
    verdicts, pairings = [], {}
    for reading in read_run(folder)[1]:
        if judge not in reading.judged:
            raise unknown(f"judge of {folder}", judge, reading.judged)
        answers = {(name, one.item): one for name, given in reading.all_answers.items() for one in given}
        for verdict in reading.judged[judge].verdicts:
            first, second = (answers[name, verdict.item] for name in (verdict.first, verdict.second))
            pairings[verdict.item, verdict.first, verdict.second] = Pairing(
                first.item, first.prompt, first.reference, first.section, first.text, second.text
            )
        verdicts += reading.judged[judge].verdicts
    return verdicts, pairings
