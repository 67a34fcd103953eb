"""The table type, and tables as console text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valign.escaping import bold_in_markdown, in_csv, in_markdown, on_terminal, shortened

#: Characters of a cell or note that people read; data files have all.
_MOST = 2000


class Alarm(str):
    """A note that no reader may miss: bold in Markdown, red on a terminal."""

    __slots__ = ()


@dataclass(frozen=True)
class Emphasis:
    """What a paper marks in a table. best: cells in bold. marks: cell -> superscript. note: what both mean.

    A cell is (row, column), each from 0.
    """

    best: frozenset[tuple[int, int]] = frozenset()
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A title, a header, rows of text, and notes below, an `Alarm` among them. It is plain text without any markup.

    Rows from `reported_from` on are no systems of the run: reference rows, then those that the paper reports.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    reported_from: int | None = None
    emphasis: Emphasis = Emphasis()


def markdown(
    tables: Sequence[Table], heading: str, preamble: Sequence[str], pictures: Mapping[str, str] | None = None
) -> str:
    """All tables as one Markdown page. preamble: lines of plain text. pictures: caption -> file beside the page."""
    parts = [f"# {_line(heading)}", *map(_line, preamble)]
    parts += [f"![{caption}]({file})" for caption, file in (pictures or {}).items()]
    for table in tables:
        parts += [f"## {_line(table.title)}", markdown_table(table)]
    return "\n\n".join(parts) + "\n"


def markdown_table(table: Table) -> str:
    """A table's rows and notes, without its title."""
    from tabulate import tabulate

    rows = [[in_markdown(shortened(cell, _MOST)) for cell in row] for row in table.rows]
    body = tabulate(rows, [in_markdown(name) for name in table.header], "github", disable_numparse=True)
    return "\n".join([body, *(f"- {_line(note)}" for note in table.notes)])


def _line(note: str) -> str:
    return (bold_in_markdown if isinstance(note, Alarm) else in_markdown)(shortened(note, _MOST))


def csv_text(table: Table) -> str:
    """A table as CSV with its header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(map(in_csv, row) for row in (table.header, *table.rows))
    return buffer.getvalue()


def console(table: Table) -> Any:
    """A rich table; rows that are no systems are dimmed below a line."""
    from rich.table import Table as RichTable

    title = on_terminal(shortened(table.title, _MOST), "bold")
    shown = RichTable(title=title, title_justify="left", caption=notes_text(table.notes))
    shown.caption_justify = "left"
    for position, name in enumerate(table.header):
        shown.add_column(
            on_terminal(name), justify="left" if position < 2 else "right",
            no_wrap=position < min(2, len(table.header) - 1),
        )  # fmt: skip
    for number, row in enumerate(table.rows):
        reported = table.reported_from is not None and number >= table.reported_from
        if number == table.reported_from:
            shown.add_section()
        cells = [cell.replace(" [", "\n[") if position > 1 else cell for position, cell in enumerate(row)]
        shown.add_row(*(on_terminal(shortened(cell, _MOST)) for cell in cells), style="dim" if reported else None)
    return shown


def notes_text(notes: Iterable[str]) -> Any:
    """Notes for rich, a line each, alarms in red."""
    from rich.text import Text

    lines = [on_terminal(shortened(note, _MOST), "bold red" if isinstance(note, Alarm) else "") for note in notes]
    return Text("\n").join(lines)
