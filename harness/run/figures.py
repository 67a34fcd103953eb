"""The figures of a finished run: every estimate and comparison of its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.judging.judge_report import JudgeReport
from harness.metrics.section_hit import chance
from harness.recipe.recipe import Recipe, System
from harness.run.reading import Reading, judge_of
from harness.run.retrieval_figures import retrieval_figures
from harness.stages.copies import LABELS
from harness.statistics import Comparison, Estimate, Power, Resampler, compare, estimate, holm, item_figures, power
from harness.statistics.scored_items import ScoredItems

Figures = dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class SystemComparison:
    """A comparison of two systems in one column.

    primary: whether the report's conclusions rest on it. p_holm: corrected over the primary comparisons of the document;
    NaN for the others, which are exploratory.
    """

    better: str
    worse: str
    column: str
    comparison: Comparison
    p_holm: float
    power: Power
    primary: bool = True


@dataclass(frozen=True)
class DocumentResults:
    """All figures of one document. Mappings go from system to column to estimate.

    columns: those of the held-out prompts. labels: what tables call a system or reference row. seen, unseen: figures of
    items whose section training data covers, and of the others. cut: number of truncated prompts by system. by_section:
    (system, section, number of items, mean of each column). copies: the reference rows, by row, subset (all, seen,
    unseen) and column. retrieval: by retriever, the recipe's own first. top_k: passages in a prompt, 0 without any.
    """

    document: str
    title: str
    n_items: int
    n_sections: int
    systems: tuple[System, ...]
    labels: Mapping[str, str]
    columns: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Estimate]]
    seen: Mapping[str, Mapping[str, Estimate]]
    unseen: Mapping[str, Mapping[str, Estimate]]
    tested: tuple[SystemComparison, ...]
    judges: Mapping[str, JudgeReport]
    section_hit_chance: float
    cut: Mapping[str, int]
    by_section: tuple[tuple[str, str, int, Mapping[str, float]], ...]
    copies: Mapping[str, Mapping[str, Mapping[str, Estimate]]] = field(default_factory=dict)
    retrieval: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    top_k: int = 0


def document_results(reading: Reading) -> DocumentResults:
    """Compute every figure of a document."""
    recipe, scored = reading.recipe, with_copies(reading)
    resamplers = [_resampler(recipe, one) for one in scored]
    held_out = scored[0]
    sections = [str(item.section) for item in held_out.items]
    subsets = {
        "all": _figures(recipe, scored, resamplers, swaps=bool(recipe.comparisons)),
        "seen": _subset(recipe, scored, True),
        "unseen": _subset(recipe, scored, False),
    }
    systems = {half: {name: found[name] for name in reading.names if name in found} for half, found in subsets.items()}
    return DocumentResults(
        document=reading.record.name,
        title=reading.record.title,
        n_items=len(held_out.items),
        n_sections=len(set(sections)),
        systems=tuple(recipe.systems),
        labels={**reading.labels, **{row: LABELS[row] for row in reading.copied}},
        columns=held_out.columns,
        figures=systems["all"],
        seen=systems["seen"],
        unseen=systems["unseen"],
        tested=_tested(recipe, scored, resamplers),
        judges={judge: reading.judge_report(judge, resamplers[0]) for judge in reading.judged},
        section_hit_chance=chance(sections),
        cut={name: sum(answer.cut for answer in answers) for name, answers in reading.answers.items()},
        by_section=_by_section(reading.scored[0], [section.id for section in reading.record.sections]),
        copies={row: {half: found.get(row, {}) for half, found in subsets.items()} for row in reading.copied},
        retrieval=retrieval_figures(recipe, reading.ranks),
        top_k=recipe.retrieval.top_k if recipe.retrieval and reading.ranks else 0,
    )


def with_copies(reading: Reading) -> list[ScoredItems]:
    """The scored items of a document; the reference rows are among the systems of the held-out prompts."""
    held_out, *others = reading.scored
    return [replace(held_out, values={**held_out.values, **reading.copied}), *others]


def _resampler(recipe: Recipe, scored: ScoredItems) -> Resampler:
    clusters = scored.clusters if recipe.statistics.clusters == "section" else None
    return Resampler(len(scored.items), clusters, recipe.statistics.resamples, recipe.seed)


def _figures(
    recipe: Recipe, scored: Sequence[ScoredItems], resamplers: Sequence[Resampler], swaps: bool = False
) -> Figures:
    """The estimates of all item sets, by system and column. swaps: prepare for comparisons too."""
    settings = recipe.statistics
    found: Figures = {name: {} for one in scored for name in one.values}
    for one, resampler in zip(scored, resamplers, strict=True):
        resampler.prepare([values for columns in one.values.values() for values in columns.values()], swaps)
        for name, columns in one.values.items():
            found[name] |= {
                column: estimate(values, resampler, settings.confidence, settings.interval)
                for column, values in columns.items()
            }
    return found


def _subset(recipe: Recipe, scored: Sequence[ScoredItems], seen: bool) -> Figures:
    """The estimates over the seen or the unseen items; a set without such items has none."""
    subsets = [one.subset(np.array([item.seen == seen for item in one.items])) for one in scored]
    filled = [one for one in subsets if one.items]
    return _figures(recipe, filled, [_resampler(recipe, one) for one in filled])


def _tested(
    recipe: Recipe, scored: Sequence[ScoredItems], resamplers: Sequence[Resampler]
) -> tuple[SystemComparison, ...]:
    settings = recipe.statistics
    tested = []
    for better, worse in recipe.comparisons:
        for one, resampler in zip(scored, resamplers, strict=True):
            for column, a in one.values.get(better, {}).items():
                b = one.values.get(worse, {}).get(column)
                if b is None:
                    continue  # a reference row, which no judge and no log-likelihood knows
                if a.signature != b.signature and judge_of(column):
                    continue  # win rates over different numbers of opponents, from a judge with `against`
                compared = compare(a, b, resampler, settings.confidence, settings.interval)
                tested.append(SystemComparison(better, worse, column, compared, float("nan"), power(a, b, resampler)))
    corrected = holm([one.comparison.p_bootstrap for one in tested])
    return tuple(replace(one, p_holm=p) for one, p in zip(tested, corrected, strict=True))


def _by_section(scored: ScoredItems, order: Sequence[str]) -> tuple[tuple[str, str, int, Mapping[str, float]], ...]:
    """The mean of each column over a section's items, sections in the document's order."""
    rows = []
    sections = np.array([item.section for item in scored.items])
    for name, columns in scored.values.items():
        per_item = {column: item_figures(values) for column, values in columns.items()}
        for section in [one for one in order if one in sections]:
            mask = sections == section
            means = {column: _mean(figures[mask]) for column, figures in per_item.items()}
            rows.append((name, section, int(mask.sum()), means))
    return tuple(rows)


def _mean(figures: np.ndarray) -> float:
    scored = figures[~np.isnan(figures)]
    return float(scored.mean()) if len(scored) else float("nan")
