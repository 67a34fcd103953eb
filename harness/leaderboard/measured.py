"""The values inside an entry, and the figures that they make, with the leaderboard's own settings for all entries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import VerdictArrays
from harness.judging.win_rates import win_rates
from harness.leaderboard.entry import Contest, Entry, EntryFigure, ItemSet
from harness.leaderboard.packing import unpack
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.scored_items import Item, ScoredItems
from harness.statistics.values import Values, stacked
from valign.errors import InputError

Array = NDArray[np.float64]
Figures = dict[str, EntryFigure]

#: The same for every entry, whatever its recipe says, so that intervals beside each other mean the same.
RESAMPLES, SEED, CONFIDENCE = 10_000, 0, 0.95
#: Figures are kept to six decimals; a figure computed again may differ in the last of them.
_DECIMALS, _SLACK = 6, 2e-6


@dataclass(frozen=True, eq=False)
class Measured:
    """An item set's values by system and column, and each judge's verdicts of each training seed."""

    scored: ScoredItems
    verdicts: Mapping[str, Sequence[VerdictArrays]]


def resampler_of(scored: ScoredItems) -> Resampler:
    """The leaderboard's resampler: whole sections where all items have one."""
    return Resampler(len(scored.items), scored.clusters, RESAMPLES, SEED)


def measured(entry: Entry, document: str, item_set: ItemSet) -> Measured:
    """Unpack the values of an item set.

    Raises:
        InputError: packed values are not those of its items and systems, or a share is outside [0, 1].
    """
    where = f"entry {entry.name}, {document}, {item_set.kind}"
    items, n = item_set.items, len(item_set.items.ids)
    rows = zip(items.ids, items.contents, items.sections, strict=True)
    values: dict[str, dict[str, Values]] = {system.name: {} for system in entry.systems}
    for column in item_set.columns:
        for system, text in column.values.items():
            runs = column.runs.get(system, 1)
            statistics = unpack(text, n, runs * column.width, f"{where}: {column.name} of {system}")
            values[system][column.name] = Values(statistics, column.aggregate, column.signature, runs=runs)
    scored = ScoredItems(document, tuple(Item(*row) for row in rows), values, dict(item_set.answers))
    systems = tuple(system.name for system in entry.systems)
    verdicts = {
        judge.name: [verdict_arrays(systems, items.ids, one, f"{where}: judge {judge.name}") for one in judge.contests]
        for judge in item_set.judges
    }
    return Measured(scored, verdicts)


def verdict_arrays(
    systems: Sequence[str], items: Sequence[str], contests: Sequence[Contest], where: str
) -> VerdictArrays:
    """The verdicts of contests as arrays; a verdict that is not there is one that was not usable."""
    number, n = {name: at for at, name in enumerate(systems)}, len(items)
    shares = [unpack(one.gained, n, 2, f"{where}, {one.first} against {one.second}") for one in contests]
    gained = np.concatenate([one.T.ravel() for one in shares]) if shares else np.empty(0)
    if ((gained < 0) | (gained > 1)).any():
        raise InputError(f"{where}: a share is outside [0, 1]")
    repeats = len(contests)
    return VerdictArrays(
        systems=tuple(systems),
        items=tuple(items),
        item=np.tile(np.arange(n), 2 * repeats),
        first=np.repeat(np.array([number[one.first] for one in contests], dtype=np.intp), 2 * n),
        second=np.repeat(np.array([number[one.second] for one in contests], dtype=np.intp), 2 * n),
        swapped=np.tile(np.repeat([False, True], n), repeats),
        gained=gained,
        tie=gained == 0.5,
    )


def gained_of(verdicts: VerdictArrays) -> Iterator[tuple[str, str, Array]]:
    """(first, second, float64 (items, 2)) of each pair of systems, see `Contest.gained`."""
    for first, second in sorted({(int(a), int(b)) for a, b in zip(verdicts.first, verdicts.second, strict=True)}):
        of_pair = (verdicts.first == first) & (verdicts.second == second)
        table = np.full((len(verdicts.items), 2), np.nan)
        table[verdicts.item[of_pair], verdicts.swapped[of_pair].astype(np.intp)] = verdicts.gained[of_pair]
        yield verdicts.systems[first], verdicts.systems[second], table


def column_figures(found: Measured, resampler: Resampler) -> dict[str, Figures]:
    """Column -> system -> figure.

    Raises:
        InputError: an aggregate is unknown, or the values are not its statistics.
    """
    scored = found.scored
    every = [values for columns in scored.values.values() for values in columns.values()]
    try:
        resampler.prepare(every, swaps=False)
        return {
            column: {name: as_figure(estimate(columns[column], resampler)) for name, columns in scored.values.items()}
            for column in scored.columns
        }
    except (IndexError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{scored.task}: values are not the statistics of their aggregate ({error})") from None


def judge_figures(found: Measured, judge: str, resampler: Resampler) -> Figures:
    """System -> win rate over all its opponents in the entry."""
    rates = [win_rates(world, judge) for world in found.verdicts[judge]]
    return {name: as_figure(estimate(stacked([one[name] for one in rates]), resampler)) for name in rates[0]}


def verify(entry: Entry) -> None:
    """Compute every figure of an entry again from its values.

    Raises:
        InputError: a figure is not what the values make, or the values cannot be read.
    """
    for document in entry.documents:
        for item_set in document.item_sets:
            found = measured(entry, document.name, item_set)
            resampler = resampler_of(found.scored)
            again = column_figures(found, resampler)
            where = f"entry {entry.name}, {document.name}"
            for column in item_set.columns:
                _same(column.figures, again[column.name], f"{where}, {column.name}")
            for judge in item_set.judges:
                figures = judge_figures(found, judge.name, resampler)
                _same(judge.figures, figures, f"{where}, win rate by {judge.name}")


def _same(stored: Mapping[str, EntryFigure], again: Mapping[str, EntryFigure], where: str) -> None:
    for system, one in again.items():
        for name, value in one.model_dump().items():
            other = getattr(stored[system], name)
            near = math.isclose(value or 0, other or 0, rel_tol=1e-7, abs_tol=_SLACK)
            if (value is None) != (other is None) or not near:
                raise InputError(f"{where} of {system}: {name} is {other}, but the entry's values make it {value}")


def as_figure(one: Estimate) -> EntryFigure:
    """An estimate as an entry keeps it."""
    value, low, high = (None if math.isnan(x) else round(x, _DECIMALS) for x in (one.value, one.low, one.high))
    return EntryFigure(value=value, low=low, high=high, n=one.n, n_unscored=one.n_unscored)
