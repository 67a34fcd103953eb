"""What the leaderboard's pages show, as plain text in tables; each page escapes it in its own way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.leaderboard.boards import Board, Cell, ColumnKey
from harness.leaderboard.entry import EntryFigure
from harness.leaderboard.judged import JudgeBoard, JudgedRow
from harness.leaderboard.rows import Row
from harness.recipe import SEED
from harness.report.columns import heading, shown
from harness.report.run_tables import read_reference, reported_rows
from harness.run.columns import win_column
from harness.statistics import Estimate
from harness.statistics.ranks import RankSet

#: The paper's columns.
_REPORTED = ("bleu", "rouge1", "rouge2", "rougeL", "rougeLsum", "bertscore_f1", win_column("their own judge"))


@dataclass(frozen=True)
class CellView:
    """text: the figure with its interval. low, high: the ranks that it can hold, of `of`; 0 where it is not ranked.

    first: whether it can hold rank 1, in a column that shows any system to be worse. value: for sorting, or NaN.
    """

    text: str
    low: int = 0
    high: int = 0
    of: int = 0
    value: float = math.nan
    first: bool = False

    @property
    def rank(self) -> str:
        """`2`, `1–3`, or empty."""
        return "" if not self.low else str(self.low) if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True)
class RowView:
    """A row: its label, what else identifies it, whether it retrieves, and the labels of the entries that have it."""

    label: str
    detail: str
    retrieval: str
    entries: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class HeadView:
    """A column's heading and how it was measured."""

    text: str
    signature: str = ""


@dataclass(frozen=True)
class TableView:
    """A table; `alarms` stand above it, `notes` below. reported: figures of others, set apart."""

    title: str
    subtitle: str
    columns: tuple[HeadView, ...]
    rows: tuple[RowView, ...]
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reported: bool = False


def tables(boards: Sequence[Board]) -> list[TableView]:
    """Every table of the leaderboard: board by board, its judges below it, then what the paper reports."""
    found: list[TableView] = []
    for board in boards:
        found.append(_board(board))
        found += [_judge(board, one) for one in board.judges]
    return found + [table for board in _one_a_document(boards) for table in _reported(board)]


def _board(board: Board) -> TableView:
    heads = _heads(list(board.columns))
    rows = tuple(
        _row(row, tuple(_cell(key.name, cells.get(row), cells) for key, cells in board.columns.items()))
        for row in board.rows
    )
    notes = [note for head, cells in zip(heads, board.columns.values(), strict=True) for note in _unranked(head, cells)]
    notes += [
        f"{heading(column)}: {shown(column, Estimate(value, value, value, 0, 0, '')).partition(' [')[0]} by chance."
        for column, value in board.chance.items()
        if column in {key.name for key in board.columns}
    ]
    unit = "sections" if board.units < board.n_items else "units"
    return TableView(
        f"{board.document}: {board.title}",
        f"{board.n_items} held-out prompts in {board.units} {unit}, data {board.data}",
        heads, rows, notes=tuple(notes),
    )  # fmt: skip


def _heads(keys: Sequence[ColumnKey]) -> tuple[HeadView, ...]:
    """Headings; columns of one name that are measured differently get a number."""
    found = []
    for key in keys:
        same = [other for other in keys if other.name == key.name]
        number = f" ({same.index(key) + 1})" if len(same) > 1 else ""
        data = f"; data {key.data}" if len({other.data for other in same}) > 1 else ""
        found.append(HeadView(heading(key.name) + number, key.signature + data))
    return tuple(found)


def _cell(column: str, cell: Cell | None, cells: Mapping[Row, Cell]) -> CellView:
    if cell is None:
        return CellView("–")
    return _ranked(shown(column, _estimate(cell.figure)), cell.rank, cell.figure, [one.rank for one in cells.values()])


def _ranked(text: str, rank: RankSet | None, figure: EntryFigure, ranks: Sequence[RankSet | None]) -> CellView:
    value = math.nan if figure.value is None else figure.value
    if rank is None:
        return CellView(text, value=value)
    others = [one for one in ranks if one is not None]
    first = rank.low == 1 and any(one.low > 1 for one in others)
    return CellView(text, rank.low, rank.high, len(others), value, first)


def _unranked(head: HeadView, cells: Mapping[Row, Cell]) -> Iterator[str]:
    """A note for each reason that keeps figures of a column without a rank."""
    for reason in dict.fromkeys(cell.reason for cell in cells.values() if cell.rank is None):
        rows = [row for row, cell in cells.items() if cell.reason == reason and cell.rank is None]
        of = "" if len(rows) == len(cells) else f" for {', '.join(_name(row) for row in rows)}"
        yield f"{head.text}: no ranks{of}: {reason}."


def _judge(board: Board, judged: JudgeBoard) -> TableView:
    ranks = [one.rank for one in judged.rows]
    notes = [
        "Log-strength: Bradley–Terry over all entries on these prompts by this judge (name, model and settings alike); "
        "a system beats another with log-odds θ − θ′, and 0 is the mean of the systems. A win rate is over the "
        "opponents in the row's own entry, so it is not ranked."
    ]
    if judged.reason:
        notes.append(f"No ranks: {judged.reason}.")
    return TableView(
        f"{board.document}: preferred by judge {judged.judge}",
        f"on the prompts above, data {board.data}, judge {judged.identity}",
        (HeadView("log-strength"), HeadView("win rate in its entry")),
        tuple(_judged_row(one, ranks) for one in judged.rows),
        alarms=judged.alarms, notes=tuple(notes),
    )  # fmt: skip


def _judged_row(one: JudgedRow, ranks: Sequence[RankSet | None]) -> RowView:
    strength = _ranked(shown("strength", _estimate(one.strength)), one.rank, one.strength, ranks)
    wins = CellView(
        shown("win rate", _estimate(one.win_rate)),
        value=math.nan if one.win_rate.value is None else one.win_rate.value,
    )
    return _row(one.row, (strength, wins))


def _reported(board: Board) -> Iterator[TableView]:
    """What the paper reports of a document of the same name."""
    reference = read_reference()
    rows = reported_rows(board.document, _REPORTED)
    if rows:
        yield TableView(
            f"{board.document}: reported by Padhi et al. (2024)",
            "other data, other models, another judge: never ranked against the tables above",
            tuple(HeadView(heading(column)) for column in _REPORTED),
            tuple(RowView(label, "", rag, "–", tuple(map(_reported_cell, cells))) for label, rag, *cells in rows),
            notes=(f"{reference['source']}.", str(reference["note"])),
            reported=True,
        )


def _reported_cell(text: str) -> CellView:
    return CellView(text, value=float(text.split()[0]) if text else math.nan)


def _one_a_document(boards: Sequence[Board]) -> list[Board]:
    return list({board.document: board for board in boards}.values())


def _row(row: Row, cells: tuple[CellView, ...]) -> RowView:
    system = row.sources[0].system
    details = [] if system.name == system.label else [system.name]
    details += ["before alignment"] if system.method == SEED else []
    details += ["stand-in: its figures mean nothing in themselves"] if row.stand_in else []
    entries = "; ".join(dict.fromkeys(source.label for source in row.sources))
    return RowView(system.label, ", ".join(details), "yes" if system.retrieval else "no", entries, cells)


def _name(row: Row) -> str:
    return f"{row.sources[0].system.name} ({row.sources[0].label})"


def _estimate(figure: EntryFigure) -> Estimate:
    value, low, high = (math.nan if x is None else x for x in (figure.value, figure.low, figure.high))
    return Estimate(value, low, high, figure.n, figure.n_unscored, "")
