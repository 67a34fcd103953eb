"""From a finished run to figures: every estimate and comparison of its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.judging import JudgeReport
from harness.metrics.section_hit import chance
from harness.reading import Reading, judge_of
from harness.recipe import Recipe, System
from harness.statistics import Comparison, Estimate, Power, Resampler, compare, estimate, holm, item_figures, power
from harness.suite import Suite

Figures = dict[str, dict[str, Estimate]]


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

    `columns` are those of the held-out prompts; `labels` say how tables call a system's method; `cut` counts each
    system's prompts that did not fit into its context; `by_section` is (system, section, items, mean of each column).
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
    tested: tuple[Tested, ...]
    judges: Mapping[str, JudgeReport]
    section_hit_chance: float
    cut: Mapping[str, int]
    by_section: tuple[tuple[str, str, int, Mapping[str, float]], ...]


def document_results(reading: Reading) -> DocumentResults:
    """Compute every figure of a document."""
    recipe, suites = reading.recipe, reading.suites
    resamplers = [_resampler(recipe, suite) for suite in suites]
    held_out = suites[0]
    sections = [str(item.section) for item in held_out.items]
    return DocumentResults(
        document=reading.record.name,
        title=reading.record.title,
        n_items=len(held_out.items),
        n_sections=len(set(sections)),
        systems=tuple(recipe.systems),
        labels=reading.labels,
        columns=held_out.columns,
        figures=_figures(recipe, suites, resamplers),
        seen=_half(recipe, suites, True),
        unseen=_half(recipe, suites, False),
        tested=_tested(recipe, suites, resamplers),
        judges={judge: reading.judge_report(judge, resamplers[0]) for judge in reading.judged},
        section_hit_chance=chance(sections),
        cut={name: sum(answer.cut for answer in answers) for name, answers in reading.answers.items()},
        by_section=_by_section(held_out, [section.id for section in reading.record.sections]),
    )


def _resampler(recipe: Recipe, suite: Suite) -> Resampler:
    clusters = suite.clusters if recipe.statistics.clusters == "section" else None
    return Resampler(len(suite.items), clusters, recipe.statistics.resamples, recipe.seed)


def _figures(recipe: Recipe, suites: Sequence[Suite], resamplers: Sequence[Resampler]) -> Figures:
    """The estimates of all suites, by system and column."""
    how = recipe.statistics
    found: Figures = {system.name: {} for system in recipe.systems}
    for suite, resampler in zip(suites, resamplers, strict=True):
        resampler.prepare([one for columns in suite.values.values() for one in columns.values()])
        for name, columns in suite.values.items():
            found[name] |= {c: estimate(one, resampler, how.confidence, how.interval) for c, one in columns.items()}
    return found


def _half(recipe: Recipe, suites: Sequence[Suite], seen: bool) -> Figures:
    """Estimates over the items that training data covers, or over the others; a suite without any has none."""
    halves = [suite.only(np.array([item.seen == seen for item in suite.items])) for suite in suites]
    there = [half for half in halves if half.items]
    return _figures(recipe, there, [_resampler(recipe, half) for half in there])


def _tested(recipe: Recipe, suites: Sequence[Suite], resamplers: Sequence[Resampler]) -> tuple[Tested, ...]:
    how = recipe.statistics
    tested = []
    for better, worse in recipe.comparisons:
        for suite, resampler in zip(suites, resamplers, strict=True):
            for column, a in suite.values[better].items():
                b = suite.values[worse][column]
                if a.signature != b.signature and judge_of(column):
                    continue  # win rates over one opponent and over many: a judge that compares all with one system
                compared = compare(a, b, resampler, how.confidence, how.interval)
                tested.append(Tested(better, worse, column, compared, float("nan"), power(a, b, resampler)))
    corrected = holm([one.comparison.p_bootstrap for one in tested])
    return tuple(replace(one, p_holm=p) for one, p in zip(tested, corrected, strict=True))


def _by_section(suite: Suite, order: Sequence[str]) -> tuple[tuple[str, str, int, Mapping[str, float]], ...]:
    """The mean figure of each column over a section's items, sections in the document's order."""
    rows = []
    sections = np.array([item.section for item in suite.items])
    for name, columns in suite.values.items():
        alone = {column: item_figures(one) for column, one in columns.items()}
        for section in [one for one in order if one in sections]:
            at = sections == section
            means = {column: _mean(figures[at]) for column, figures in alone.items()}
            rows.append((name, section, int(at.sum()), means))
    return tuple(rows)


def _mean(figures: np.ndarray) -> float:
    scored = figures[~np.isnan(figures)]
    return float(scored.mean()) if len(scored) else float("nan")
