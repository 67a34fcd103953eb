"""From a finished plan to figures: every estimate, comparison and audit of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.answers import Answer, Likelihood, read_answers, read_likelihoods
from harness.judging import Verdict, audit, points, win_points
from harness.metrics.base import Values, mean_values
from harness.plan import DocumentPlan
from harness.recipe import Recipe, System
from harness.scoring import read_values
from harness.section_hit import chance
from harness.statistics import Comparison, Estimate, Power, Resampler, compare, estimate, holm, item_figures, power
from harness.store import Store
from tasks.jsonl import read_rows

PREFERENCE = "preference_accuracy"


@dataclass(frozen=True)
class Tested:
    """A comparison of two systems in one column, with Holm's p over all comparisons of the document, and its power."""

    better: str
    worse: str
    column: str
    comparison: Comparison
    p_holm: float
    power: Power


@dataclass(frozen=True)
class DocumentResults:
    """All figures of one document. Mappings go from system to column to estimate.

    `cut` counts each system's prompts that did not fit into its context.
    """

    document: str
    title: str
    n_items: int
    n_sections: int
    systems: tuple[System, ...]
    columns: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Estimate]]
    seen: Mapping[str, Mapping[str, Estimate]]
    unseen: Mapping[str, Mapping[str, Estimate]]
    tested: tuple[Tested, ...]
    judges: Mapping[str, Mapping[str, float]]
    section_hit_chance: float
    cut: Mapping[str, int]
    by_section: tuple[tuple[str, str, int, Mapping[str, float]], ...]


class Reading:
    """Reads a finished document plan from its store and computes its figures."""

    def __init__(self, recipe: Recipe, plan: DocumentPlan, store: Store) -> None:
        self.recipe, self.plan, self.store = recipe, plan, store
        self.names = [system.name for system in recipe.systems]
        self.answers = {n: read_answers(store.path(plan.answers[n].artefact)) for n in self.names}
        self.items: list[Answer] = self.answers[self.names[0]]
        self.pairs: dict[str, list[Likelihood]] = {
            name: read_likelihoods(store.path(plan.likelihoods[name].artefact)) for name in self.names
        }
        self.audits: dict[str, dict[str, float]] = {}
        self.values = self._values()

    def _values(self) -> dict[str, dict[str, Values]]:
        """Per-item values of every system and column over the held-out prompts."""
        values: dict[str, dict[str, Values]] = {name: {} for name in self.names}
        for metric in self.recipe.metrics:
            for name in self.names:
                values[name] |= read_values(self.store.path(self.plan.scores[name, metric.name].artefact))
        for judge in self.recipe.judges:
            for name, won in self._won(judge.name).items():
                values[name][win_column(judge.name)] = won
        return values

    def _won(self, judge: str) -> dict[str, Values]:
        verdicts: dict[tuple[str, str], list[Verdict]] = {}
        for (by, first, second), step in self.plan.verdicts.items():
            if by == judge:
                rows = read_rows(self.store.path(step.artefact) / "verdicts.jsonl")
                verdicts[first, second] = [Verdict(**{**row, "first": first, "second": second}) for _, row in rows]
        if not verdicts:
            return {}
        self.audits[judge] = audit([verdict for pair in verdicts.values() for verdict in pair])
        ids = [item.item for item in self.items]
        gained = {pair: points(said, ids) for pair, said in verdicts.items()}
        signature = f"win_rate|judge:{judge}|opponents:{len(self.names) - 1}|orders:both"
        return {name: mean_values(win_points(gained, name).tolist(), signature) for name in self.names}

    def _resampler(self, sections: Sequence[str]) -> Resampler:
        clusters = list(sections) if self.recipe.statistics.clusters == "section" else None
        return Resampler(len(sections), clusters, self.recipe.statistics.resamples, self.recipe.seed)

    def _estimates(
        self, values: Mapping[str, Mapping[str, Values]], sections: Sequence[str]
    ) -> dict[str, dict[str, Estimate]]:
        resampler, how = self._resampler(sections), self.recipe.statistics
        resampler.prepare([one for columns in values.values() for one in columns.values()])
        return {
            name: {column: estimate(one, resampler, how.confidence, how.interval) for column, one in columns.items()}
            for name, columns in values.items()
        }

    def _preferences(self) -> dict[str, dict[str, Values]]:
        signature = "preference_accuracy|log p(chosen) > log p(rejected), summed over tokens"
        return {
            name: {PREFERENCE: mean_values([float(pair.chosen > pair.rejected) for pair in pairs], signature)}
            for name, pairs in self.pairs.items()
        }

    def results(self) -> DocumentResults:
        """Compute every figure of the document."""
        sections = [item.section for item in self.items]
        figures = self._estimates(self.values, sections)
        for name, columns in self._split(self._preferences(), self._pair_sections(), None).items():
            figures[name] |= columns
        document = self.plan.document.document()
        return DocumentResults(
            document=self.plan.document.name,
            title=document.title,
            n_items=len(self.items),
            n_sections=len(set(sections)),
            systems=tuple(self.recipe.systems),
            columns=tuple(self.values[self.names[0]]),
            figures=figures,
            seen=self._half(True),
            unseen=self._half(False),
            tested=self._tested(sections),
            judges=self.audits,
            section_hit_chance=chance(sections),
            cut={name: sum(answer.cut for answer in answers) for name, answers in self.answers.items()},
            by_section=self._by_section(),
        )

    def _pair_sections(self) -> list[str]:
        return [pair.section for pair in self.pairs[self.names[0]]]

    def _half(self, seen: bool) -> dict[str, dict[str, Estimate]]:
        mask = np.array([item.seen == seen for item in self.items])
        half = self._split(self.values, [item.section for item in self.items], mask)
        pairs = np.array([pair.seen == seen for pair in self.pairs[self.names[0]]])
        for name, columns in self._split(self._preferences(), self._pair_sections(), pairs).items():
            half.setdefault(name, {}).update(columns)
        return half

    def _split(
        self, values: Mapping[str, Mapping[str, Values]], sections: Sequence[str], mask: np.ndarray | None
    ) -> dict[str, dict[str, Estimate]]:
        """Estimates over the items that `mask` keeps (all where None); nothing where it keeps none."""
        if mask is None:
            return self._estimates(values, sections)
        if not mask.any():
            return {}
        kept = {
            name: {c: replace(one, statistics=one.statistics[mask], reasons=()) for c, one in columns.items()}
            for name, columns in values.items()
        }
        return self._estimates(kept, [section for section, keep in zip(sections, mask, strict=True) if keep])

    def _tested(self, sections: Sequence[str]) -> tuple[Tested, ...]:
        answers, pairs = self._resampler(sections), self._resampler(self._pair_sections())
        preferences, how = self._preferences(), self.recipe.statistics
        tested = []
        for better, worse in self.recipe.comparisons:
            for column in [*self.values[better], PREFERENCE]:
                source, resampler = (preferences, pairs) if column == PREFERENCE else (self.values, answers)
                a, b = source[better][column], source[worse][column]
                compared = compare(a, b, resampler, how.confidence, how.interval)
                tested.append(Tested(better, worse, column, compared, float("nan"), power(a, b, resampler)))
        corrected = holm([one.comparison.p_bootstrap for one in tested])
        return tuple(replace(one, p_holm=p) for one, p in zip(tested, corrected, strict=True))

    def _by_section(self) -> tuple[tuple[str, str, int, Mapping[str, float]], ...]:
        """(system, section, items, mean figure of each column over the section's items), in document order."""
        rows = []
        sections = np.array([item.section for item in self.items])
        for name, columns in self.values.items():
            alone = {column: item_figures(one) for column, one in columns.items()}
            for section in dict.fromkeys(sections.tolist()):
                at = sections == section
                means = {column: _mean(figures[at]) for column, figures in alone.items()}
                rows.append((name, section, int(at.sum()), means))
        return tuple(rows)


def _mean(figures: np.ndarray) -> float:
    scored = figures[~np.isnan(figures)]
    return float(scored.mean()) if len(scored) else float("nan")


def win_column(judge: str) -> str:
    """The column that holds a judge's win rate."""
    return f"win_rate[{judge}]"
