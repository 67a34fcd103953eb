"""Boards: the rows of all entries on the same held-out prompts, ranked in each column that is measured alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.gate.verdict import LEAST_UNITS, MOST_UNSCORED
from harness.leaderboard.entry import Entry, EntryDocument, EntryFigure
from harness.leaderboard.judged import JudgeBoard, judge_boards
from harness.leaderboard.measured import CONFIDENCE, resampler_of
from harness.leaderboard.rows import Part, Row, data_key, gather
from harness.metrics.base import Better
from harness.metrics.section_hit import chance
from harness.run.columns import CONTRAST, PREFERENCE
from harness.statistics import Resampler
from harness.statistics.ranks import RankSet, rank_values
from harness.statistics.values import Values


@dataclass(frozen=True)
class ColumnKey:
    """What makes figures comparable: equal keys. data: a fingerprint of the items, by content."""

    name: str
    signature: str
    aggregate: str
    better: Better
    data: str


@dataclass(frozen=True)
class Cell:
    """A row's figure in a column and the ranks that it can hold; `rank` is None where it has none, for `reason`."""

    figure: EntryFigure
    rank: RankSet | None
    reason: str = ""


@dataclass(frozen=True)
class Board:
    """All rows on the same held-out prompts, in the order of the first column's figures.

    data: a fingerprint of prompts, references and sections. units: sections, or items where they have none. chance:
    what chance alone gives in a column, where that is known, beside which its figures have to be read.
    """

    document: str
    title: str
    data: str
    n_items: int
    units: int
    rows: tuple[Row, ...]
    columns: Mapping[ColumnKey, Mapping[Row, Cell]]
    judges: tuple[JudgeBoard, ...]
    chance: Mapping[str, float]


def boards(entries: Sequence[Entry]) -> list[Board]:
    """The boards of all entries, by document, and of a document the one with the most items first.

    Raises:
        InputError: an entry's values cannot be read.
    """
    found: dict[str, list[tuple[Entry, EntryDocument]]] = {}
    for entry in sorted(entries, key=lambda one: one.name):
        for document in entry.documents:
            found.setdefault(data_key(document.item_sets[0]), []).append((entry, document))
    built = [_board(data, members) for data, members in found.items()]
    return sorted(built, key=lambda board: (board.document, -board.n_items, board.data))


def _board(data: str, members: Sequence[tuple[Entry, EntryDocument]]) -> Board:
    parts = gather(members)
    prompts = [part for part in parts if part.data == data]
    resamplers: dict[str, Resampler] = {}
    for part in parts:
        if part.data not in resamplers:
            resamplers[part.data] = resampler_of(part.found.scored)
    columns = {key: _ranked(key, figures, resamplers[key.data]) for key, figures in _figures(parts).items()}
    rows = tuple(dict.fromkeys(row for part in parts for row in part.rows.values()))
    resampler, document = resamplers[data], members[0][1]
    return Board(
        document=document.name,
        title=document.title,
        data=data,
        n_items=resampler.n_items,
        units=resampler.n_units,
        rows=tuple(sorted(rows, key=lambda row: _place(row, columns))),
        columns=columns,
        judges=tuple(judge_boards(prompts, resampler, _too_few(resampler))),
        chance={PREFERENCE: 0.5, CONTRAST: 0.25, "section_hit": chance(prompts[0].found.scored.clusters or [])},
    )


def _figures(parts: Sequence[Part]) -> dict[ColumnKey, dict[Row, tuple[EntryFigure, Values]]]:
    """Column -> row -> its figure and values, from the first entry that has them."""
    found: dict[ColumnKey, dict[Row, tuple[EntryFigure, Values]]] = {}
    for part in parts:
        for column in part.item_set.columns:
            key = ColumnKey(column.name, column.signature, column.aggregate, column.better, part.data)
            of_rows = found.setdefault(key, {})
            for system, figure in column.figures.items():
                of_rows.setdefault(part.rows[system], (figure, part.found.scored.values[system][column.name]))
    return found


def _ranked(key: ColumnKey, figures: Mapping[Row, tuple[EntryFigure, Values]], resampler: Resampler) -> dict[Row, Cell]:
    """The cells of a column: ranked are rows with nearly all items scored, where there are two of them or more."""
    why = "neither high nor low is better" if key.better == "neither" else _too_few(resampler)
    reasons = {row: why or _too_many_unscored(figure) for row, (figure, _) in figures.items()}
    able = [row for row, reason in reasons.items() if not reason]
    if len(able) < 2:
        return {row: Cell(one, None, reasons[row] or "nothing to rank it against") for row, (one, _) in figures.items()}
    sets = rank_values([figures[row][1] for row in able], resampler, CONFIDENCE, key.better == "lower")
    ranks = dict(zip(able, sets, strict=True))
    return {row: Cell(one, ranks.get(row), reasons[row]) for row, (one, _) in figures.items()}


def _too_few(resampler: Resampler) -> str:
    units = "sections" if resampler.clustered else "items"
    return f"fewer than {LEAST_UNITS} {units}" if resampler.n_units < LEAST_UNITS else ""


def _too_many_unscored(figure: EntryFigure) -> str:
    share = figure.n_unscored / (figure.n + figure.n_unscored)
    return f"more than {MOST_UNSCORED:.0%} of the items are unscored" if share > MOST_UNSCORED else ""


def _place(row: Row, columns: Mapping[ColumnKey, Mapping[Row, Cell]]) -> tuple[float, str, str]:
    """For sorting: the figure in the board's first column, then the entry's and the system's name."""
    first = next(iter(columns.items()), None)
    cell = first[1].get(row) if first else None
    value = cell.figure.value if cell else None
    away = float("inf") if value is None or first is None else value if first[0].better == "lower" else -value
    return away, row.sources[0].entry, row.sources[0].system.name
