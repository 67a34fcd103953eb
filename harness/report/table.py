"""The table type, and tables as console text, Markdown, CSV and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Bold text in Markdown is an alarm; it is red on a terminal.
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Table:
    """A title, a header, rows of text, and notes below.

    Rows from `reported_from` on are no systems of the run: reference rows, then those that the paper reports.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    reported_from: int | None = None


def markdown(tables: Sequence[Table], heading: str, preamble: Sequence[str]) -> str:
    """All tables as one Markdown page."""
    from tabulate import tabulate

    parts = [f"# {heading}", *preamble]
    for table in tables:
        body = tabulate(
            [[_pipe(cell) for cell in row] for row in table.rows], table.header, "github", disable_numparse=True
        )
        parts += [f"## {table.title}", body, *(f"- {note}" for note in table.notes)]
    return "\n\n".join(parts).replace("\n\n- ", "\n- ") + "\n"


def _pipe(cell: str) -> str:
    return cell.replace("|", "\\|")


def csv_text(table: Table) -> str:
    """A table as CSV with its header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return buffer.getvalue()


def latex(tables: Sequence[Table], preamble: Sequence[str]) -> str:
    """All tables as LaTeX `table` environments for the booktabs package."""
    from tabulate import tabulate

    parts = [*(f"% {line}" for line in preamble)]
    for table in tables:
        body = tabulate(table.rows, table.header, "latex_booktabs", disable_numparse=True).translate(_SYMBOLS)
        caption = _BOLD.sub(r"\1", " ".join([table.title + ".", *table.notes]))
        parts.append(
            f"\\begin{{table*}}\n\\centering\n\\small\n{body}\n\\caption{{{_escape(caption)}}}\n"
            f"\\label{{tab:{table.name}}}\n\\end{{table*}}"
        )
    return "\n\n".join(parts) + "\n"


#: LaTeX's special characters; tabulate escapes them in cells, we in captions and labels.
_SPECIAL = str.maketrans(
    {one: f"\\{one}" for one in "{}%&_#$"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}"}
)
#: Characters that LaTeX's default fonts lack or typeset differently.
_SYMBOLS = str.maketrans(
    {
        "±": r"$\pm$", "−": "$-$", "·": r"$\cdot$", "×": r"$\times$", "≤": r"$\leq$", "≥": r"$\geq$", "→": r"$\to$",
        "κ": r"$\kappa$", "α": r"$\alpha$", "–": "--", "—": "---", "…": r"\dots{}", "|": r"\textbar{}",
    }
)  # fmt: skip


def _escape(text: str) -> str:
    return text.translate(_SPECIAL).translate(_SYMBOLS)


def console(table: Table) -> Any:
    """A rich table; rows that are no systems are dimmed below a line."""
    from rich.markup import escape
    from rich.table import Table as RichTable

    notes = _BOLD.sub(r"[bold red]\1[/]", escape("\n".join(table.notes)))
    shown = RichTable(title=escape(table.title), title_justify="left", title_style="bold", caption=notes)
    shown.caption_justify = "left"
    for position, name in enumerate(table.header):
        shown.add_column(
            name, justify="left" if position < 2 else "right", no_wrap=position < min(2, len(table.header) - 1)
        )
    for number, row in enumerate(table.rows):
        reported = table.reported_from is not None and number >= table.reported_from
        if number == table.reported_from:
            shown.add_section()
        cells = [escape(cell.replace(" [", "\n[") if position > 1 else cell) for position, cell in enumerate(row)]
        shown.add_row(*cells, style="dim" if reported else None)
    return shown
