"""How a command ends on the terminal: what was found, the main table, and where the rest is, on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from harness.report.columns import heading, shown
from harness.report.conclusions import primary, rests_on, system_names, verdict
from harness.report.table import Alarm, Table
from harness.run.columns import PREFERENCE, judge_of
from harness.run.figures import DocumentResults
from valign.escaping import on_terminal, one_line, shortened

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from harness.report.formats.base import Report

#: A screen: lines and columns of what a command ends with.
LINES, WIDTH = 30, 100
#: Rows of the table that stay, however many sentences there are.
_LEAST_ROWS = 8
#: Lines of a table beside its rows: title, header of one line, rule.
_AROUND = 3
#: Characters of a sentence or cell, and the columns that one beside the first may keep for itself.
_MOST, _WIDEST = 1000, 30
#: Columns that the first keeps, and those between two, of which the box draws one.
_LEAST_WIDTH, _GAP = 16, 2
#: What one column stands for, of several that say nearly the same.
_FIRST = ("rougeL", "bertscore_f1", PREFERENCE, "bleu", "chrf", "section_hit")


def run_sentences(report: Report) -> list[str]:
    """The verdict, and of what it rests on the alarms alone."""
    return [*verdict(report), *(line for line in rests_on(report) if isinstance(line, Alarm))]


def ending(
    sentences: Sequence[str], table: Table, places: Sequence[str], console: Console, more: str
) -> list[RenderableType]:
    """At most `LINES` lines of at most `WIDTH` columns, one renderable each but for the table.

    places: lines that say where the rest lies; all are shown, and none is broken, so that a path can be copied. more:
    where what does not fit can be read. The places come first in the room there is, then `_LEAST_ROWS` rows, then the
    sentences, alarms before others, then the other rows.
    """
    lines = [on_terminal(one_line(place)) for place in places]
    taken = sum(1 + line.cell_len // console.width for line in lines)
    room = LINES - taken - _AROUND - max(name.count("\n") for name in table.header)
    rows = min(len(table.rows), _LEAST_ROWS)
    wrapped = _wrapped(sentences, console, room - rows, more)
    rows, widths = min(len(table.rows), room - len(wrapped)), _widths(table, width_of(console))
    missing = [f"{len(table.header) - len(widths)} more columns"] if len(widths) < len(table.header) else []
    if rows < len(table.rows) or (missing and rows + len(wrapped) == room):
        rows -= 1
    if rows < len(table.rows):
        missing.append(f"{len(table.rows) - rows} more rows")
    if missing:
        lines.insert(0, on_terminal(f"… {' and '.join(missing)}: {more}", "dim"))
    return [*wrapped, _narrow(table, rows, widths), *lines]


def _wrapped(sentences: Sequence[str], console: Console, most: int, more: str) -> Sequence[RenderableType]:
    """The sentences' lines; of too many, the last that are of no alarm are left out."""
    lines = [
        (isinstance(sentence, Alarm), line)
        for sentence in sentences
        for line in on_terminal(
            shortened(one_line(sentence), _MOST), "bold red" if isinstance(sentence, Alarm) else ""
        ).wrap(console, width_of(console))
    ]
    if len(lines) <= most:
        return [line for _, line in lines]
    others = [at for at, (alarm, _) in enumerate(lines) if not alarm]
    dropped = others[max(0, len(others) - (len(lines) - most + 1)) :]
    kept = [line for at, (_, line) in enumerate(lines) if at not in dropped]
    at = dropped[0] if dropped else most - 1
    return [*kept[:at], on_terminal(f"… the rest of it: {more}", "dim"), *kept[at:]][:most]


def width_of(console: Console) -> int:
    """The columns of what a command ends with."""
    return min(WIDTH, console.width)


def _widths(table: Table, width: int) -> list[int]:
    """The width of each column that fits beside those before it; the first gives way to the others."""
    columns = zip(table.header, *table.rows, strict=True)
    longest = [max(on_terminal(line).cell_len for cell in column for line in cell.split("\n")) for column in columns]
    first, others = longest[0], [min(_WIDEST, one) for one in longest[1:]]
    while others and _LEAST_WIDTH + sum(others) + _GAP * len(others) > width:
        others.pop()
    return [min(first, width - sum(others) - _GAP * len(others)), *others]


def _narrow(table: Table, rows: int, widths: Sequence[int]) -> RenderableType:
    """A table with one line for each row; a cell that is too long ends in an ellipsis."""
    from rich import box
    from rich.table import Table as RichTable

    drawn = RichTable(
        title=on_terminal(one_line(table.title), "bold"), title_justify="left", box=box.HORIZONTALS, show_edge=False,
        padding=(0, _GAP - 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for position, (name, width) in enumerate(zip(table.header, widths, strict=False)):
        justify: Literal["left", "right"] = "right" if position else "left"
        drawn.add_column(on_terminal(name), justify=justify, no_wrap=True, overflow="ellipsis", width=width)
    for row in table.rows[:rows]:
        drawn.add_row(*(on_terminal(shortened(one_line(cell), _MOST)) for cell in row[: len(widths)]))
    return drawn


def main_table(report: Report, width: int = WIDTH, first: Sequence[str] = ()) -> Table:
    """Every system of every document by the columns that matter, as many as `width` columns of a terminal hold.

    first: columns that come before all others; then those of primary comparisons, one of each kind before a second.
    """
    several = len(report.documents) > 1
    rows: list[list[str]] = [
        [f"{one.document}: {name}" if several else name]
        for one in report.documents
        for name in system_names(one, " + RAG").values()
    ]
    header = [""]
    used = max(len(row[0]) for row in rows)
    for column in dict.fromkeys([*first, *_by_weight(report.documents)]):
        cells = [
            shown(column, one.figures[system.name].get(column)) for one in report.documents for system in one.systems
        ]
        title = _short(column, report.documents)
        used += _GAP + max(len(title), *map(len, cells))
        if used > width and len(header) > 1:
            break
        header.append(title)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    title = "Systems" if several else f"Systems on {report.documents[0].document}"
    return Table("systems", title, tuple(header), tuple(map(tuple, rows)))


def _by_weight(documents: Sequence[DocumentResults]) -> list[str]:
    """All columns of the figures, those first that the verdict rests on."""
    every = dict.fromkeys(column for one in documents for of in one.figures.values() for column in of)
    tested = {one.column for results in documents for one in primary(results)}
    order = [*_FIRST[:2], *(column for column in every if judge_of(column)), *_FIRST[2:], *every]
    ranked = [column for column in dict.fromkeys(order) if column in every]
    return sorted(ranked, key=lambda column: column not in tested)


def _short(column: str, documents: Sequence[DocumentResults]) -> str:
    """A column's heading; the judge's name only where there are several."""
    judges = {judge for one in documents for judge in one.judges}
    return "win rate" if judge_of(column) and len(judges) == 1 else heading(column)
