"""The figures of a finished run: every estimate and comparison of its documents."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from harness.judging.judge_report import JudgeReport
from harness.metrics.section_hit import chance
from harness.recipe.recipe import Recipe, System
from harness.run.columns import judge_of
from harness.run.primary import primary_columns, primary_comparisons
from harness.run.reading import Reading
from harness.run.retrieval_figures import retrieval_figures
from harness.stages.copies import LABELS
from harness.statistics import Comparison, Estimate, Power, Resampler, compare, estimate, holm, item_figures, power
from harness.statistics.scored_items import Item, ScoredItems
from harness.statistics.values import Values

Figures = dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class SystemComparison:
    """A comparison of two systems in one column.

    primary: whether the report's conclusions rest on it. p_holm: corrected over the document's primary comparisons; NaN
    for the others, which are exploratory.
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
    (system, section, number of items, mean of each column). by_value: value to figures of its items. answers_alone: see
    `DocumentRecord`. by_seed: of the systems with several training seeds, by replica (`sft@0`); the mean of a system's
    replicas stands in `figures`. copies: the reference rows, by row, subset (all, seen, unseen) and column. retrieval:
    by retriever, the recipe's own first. top_k: passages in a prompt, 0 without any.
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
    by_value: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    answers_alone: float | None
    by_seed: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    copies: Mapping[str, Mapping[str, Mapping[str, Estimate]]] = field(default_factory=dict)
    retrieval: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    top_k: int = 0


def document_results(reading: Reading) -> DocumentResults:
    """Compute every figure of a document."""
    recipe, scored = reading.recipe, with_copies(reading)
    resamplers = [document_resampler(recipe, one) for one in scored]
    held_out = scored[0]
    sections = [str(item.section) for item in held_out.items]
    subsets = {
        "all": _figures(recipe, scored, resamplers, swaps=bool(recipe.comparisons)),
        "seen": _subset(recipe, scored, lambda item: item.seen),
        "unseen": _subset(recipe, scored, lambda item: not item.seen),
    }
    systems = {half: {name: found[name] for name in reading.names if name in found} for half, found in subsets.items()}
    return DocumentResults(
        document=reading.record.name,
        title=reading.record.title,
        n_items=len(held_out.items),
        n_sections=len({one.section for one in held_out.items if one.section}),
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
        by_value=_by_value(recipe, reading.scored),
        answers_alone=reading.record.answers_alone,
        by_seed=_by_seed(reading, reading.scored, resamplers),
        copies={row: {half: found.get(row, {}) for half, found in subsets.items()} for row in reading.copied},
        retrieval=retrieval_figures(recipe, reading.ranks),
        top_k=recipe.retrieval.top_k if recipe.retrieval and reading.ranks else 0,
    )


def with_copies(reading: Reading) -> list[ScoredItems]:
    """The scored items of a document; the reference rows are among the systems of the held-out prompts."""
    held_out, *others = reading.scored
    return [replace(held_out, values={**held_out.values, **reading.copied}), *others]


def document_resampler(recipe: Recipe, scored: ScoredItems) -> Resampler:
    """The resampler of an item set, over sections unless the recipe says otherwise."""
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


def _by_value(recipe: Recipe, scored: Sequence[ScoredItems]) -> dict[str, Figures]:
    """The estimates over the items of each value, sorted; items without a value are in none."""
    values = sorted({item.value for one in scored for item in one.items if item.value is not None})
    return {value: _subset(recipe, scored, partial(_about, value)) for value in values}


def _about(value: str, item: Item) -> bool:
    return item.value == value


def _subset(recipe: Recipe, scored: Sequence[ScoredItems], belongs: Callable[[Item], bool]) -> Figures:
    """The estimates over some of the items; a set without such items has none."""
    subsets = [one.subset(np.array([belongs(item) for item in one.items])) for one in scored]
    filled = [one for one in subsets if one.items]
    return _figures(recipe, filled, [document_resampler(recipe, one) for one in filled])


def _by_seed(reading: Reading, scored: Sequence[ScoredItems], resamplers: Sequence[Resampler]) -> Figures:
    """The estimates of each replica of the systems with several training seeds."""
    settings, found = reading.recipe.statistics, Figures()
    for system, replicas in reading.replicas.items():
        for run, replica in enumerate(replicas if len(replicas) > 1 else ()):
            found[replica] = {
                column: estimate(values.run(run), resampler, settings.confidence, settings.interval)
                for one, resampler in zip(scored, resamplers, strict=True)
                for column, values in one.values[system].items()
            }
    return found


def _tested(
    recipe: Recipe, scored: Sequence[ScoredItems], resamplers: Sequence[Resampler]
) -> tuple[SystemComparison, ...]:
    """Every comparison of the recipe in every column, Holm's correction over those that are primary."""
    settings, pairs = recipe.statistics, primary_comparisons(recipe)
    columns = primary_columns(recipe, [column for one in scored for column in one.columns])
    tested = []
    for better, worse in recipe.comparisons:
        for one, resampler in zip(scored, resamplers, strict=True):
            for column in one.values.get(better, {}):
                if column not in one.values.get(worse, {}):
                    continue  # a reference row, which no judge and no log-likelihood knows
                a, b = compared_values(recipe, one, (better, worse), column)
                if a.signature != b.signature and judge_of(column):
                    continue  # win rates over different numbers of opponents, from a judge with `against`
                found = compare(a, b, resampler, settings.confidence, settings.interval)
                strength = power(a, b, resampler, columns.get(column))
                primary = (better, worse) in pairs and column in columns
                tested.append(SystemComparison(better, worse, column, found, math.nan, strength, primary))
    corrected = iter(holm([one.comparison.p_bootstrap for one in tested if one.primary]))
    return tuple(replace(one, p_holm=next(corrected)) if one.primary else one for one in tested)


def compared_values(recipe: Recipe, scored: ScoredItems, pair: tuple[str, str], column: str) -> tuple[Values, Values]:
    """The values of two systems in a column, as they are compared.

    Where one of two systems of the same training has a single seed, they are compared at that seed, so that both answer
    from the same checkpoint.
    """
    a, b = (scored.values[name][column] for name in pair)
    named = {system.name: system for system in recipe.systems}
    one, other = (named.get(name) for name in pair)
    if one and other and one.method == other.method and a.runs != b.runs:
        seeds = [recipe.seeds_of(system) for system in (one, other)]
        (shared,) = min(seeds, key=len)
        a, b = (values.run(own.index(shared)) for values, own in zip((a, b), seeds, strict=True))
    return a, b


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
    return float(scored.mean()) if len(scored) else math.nan
