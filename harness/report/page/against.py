"""Runs held against the first one: the change of every system that both have, tested on the same items."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.gate.sides import NotComparableError, Pair, paired_values
from harness.gate.sides import Side as GateSide
from harness.report.columns import HIDDEN, heading, scale
from harness.report.page.joined import PageDocument, PageRun
from harness.report.page.leading import leading_column
from harness.report.run_tables import p_value
from harness.run.figures import SystemComparison
from harness.statistics import Resampler, compare, holm, power

_ALPHA = 0.05


@dataclass(frozen=True)
class Changes:
    """What changed from the first run to a later one in a document.

    tested: comparisons of a system with itself, later minus first; `better` and `worse` are both its name. Those of the
    leading column are primary, and p_holm is over them. notes: what could not be compared, and why.
    """

    run: int
    tested: tuple[SystemComparison, ...]
    notes: tuple[str, ...]


def changes(document: PageDocument, runs: Sequence[PageRun]) -> list[Changes]:
    """The changes of each later run that has the document; [] where the first run lacks it."""
    first = document.sides[0]
    if first.run != 0:
        return []
    return [_changes(document, runs, side.run) for side in document.sides[1:]]


def _changes(document: PageDocument, runs: Sequence[PageRun], later: int) -> Changes:
    main, candidate = (_gate_side(runs[number]) for number in (0, later))
    found, notes = [], dict[str, None]()
    for name, task, column in _figures(document, later):
        try:
            pair = paired_values(main, candidate, task, column, (name, name))
        except NotComparableError as error:
            notes[f"{name}, {column}: {error}"] = None
            continue
        found.append(_compared(name, column, pair, runs[0]))
    leading = leading_column(document)
    family = [one.comparison.p_bootstrap if one.column == leading else math.nan for one in found]
    tested = tuple(
        replace(one, p_holm=p, primary=one.column == leading) for one, p in zip(found, holm(family), strict=True)
    )
    return Changes(later, tested, tuple(notes))


def _figures(document: PageDocument, later: int) -> Iterator[tuple[str, str, str]]:
    """(system, task, column) of all that the first run has and the later one may have."""
    ours, theirs = (next(s for s in document.sides if s.run == number) for number in (0, later))
    for scored in ours.reading.scored:
        for name, columns in scored.values.items():
            if name in theirs.reading.names:
                yield from ((name, scored.task, column) for column in columns if column not in HIDDEN)


def _compared(name: str, column: str, pair: Pair, main: PageRun) -> SystemComparison:
    recipe = main.report.manifest.recipe
    clusters = pair.scored.clusters if recipe.statistics.clusters == "section" else None
    resampler = Resampler(len(pair.scored.items), clusters, recipe.statistics.resamples, recipe.seed)
    settings = recipe.statistics
    tested = compare(pair.candidate, pair.main, resampler, settings.confidence, settings.interval)
    return SystemComparison(name, name, column, tested, math.nan, power(pair.candidate, pair.main, resampler))


def _gate_side(run: PageRun) -> GateSide:
    readings = {reading.record.name: reading for reading in run.report.readings}
    scored = tuple(one for reading in run.report.readings for one in reading.scored)
    return GateSide(Path(run.name), scored, readings)


def change_sentences(document: PageDocument, runs: Sequence[PageRun], found: Sequence[Changes]) -> list[str]:
    """What changed in each system in the leading column, in sentences."""
    said = []
    for change in found:
        names = (runs[0].name, runs[change.run].name)
        primary = [one for one in change.tested if one.primary]
        said += [f"{document.title}: {_sentence(one, *names)}" for one in primary]
        if not primary:
            said.append(f"{document.title}: no system's leading figure can be compared between {' and '.join(names)}.")
    return said


def _sentence(one: SystemComparison, first: str, later: str) -> str:
    factor, decimals = scale(one.column)
    found = one.comparison.difference
    if found.value == found.low == found.high == 0:
        return f"{one.better} is the same in {first} and {later} in {heading(one.column)}."
    value, low, high = (f"{x * factor:+.{decimals}f}".replace("-", "−") for x in (found.value, found.low, found.high))
    figure = f"{heading(one.column)} {value} [{low}, {high}], p (Holm) {p_value(one.p_holm)}"
    if math.isnan(one.p_holm) or one.p_holm >= _ALPHA:
        return f"no change shown in {one.better} from {first} to {later}: {figure}."
    return f"{one.better} {'rose' if found.value > 0 else 'fell'} from {first} to {later}: {figure}."
