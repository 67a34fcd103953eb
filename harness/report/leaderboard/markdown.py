"""`leaderboard.md`: the leaderboard for readers of the repository."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tabulate import tabulate

from harness.report.leaderboard.view import CellView, RowView, TableView

#: What begins or makes markup anywhere in a line, an address, or a mention.
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#&!$]|:(?=//))")


def leaderboard_markdown(tables: Sequence[TableView], heading: str, intro: Sequence[str]) -> str:
    """All tables as one Markdown page."""
    parts = [f"# {heading}", *intro]
    for table in tables:
        parts += [f"## {escape(table.title)}", escape(table.subtitle[:1].upper() + table.subtitle[1:]) + "."]
        parts += [f"**{escape(alarm)}**" for alarm in table.alarms]
        parts.append(_table(table))
        notes = [f"- {escape(note)}" for note in table.notes]
        notes += [f"- {escape(head.text)}: {escape(head.signature)}" for head in table.columns if head.signature]
        parts += ["\n".join(notes)] if notes else []
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text as Markdown that shows it as it is: no markup, no HTML, no link, no mention."""
    return _MARKUP.sub(r"\\\1", text).replace("@", "&#64;").replace("www.", "www&#46;")


def _table(table: TableView) -> str:
    header = ["System", "RAG", "Entry", *(escape(head.text) for head in table.columns)]
    rows = [
        [_system(row), row.retrieval, escape(row.entries), *(_cell(cell) for cell in row.cells)] for row in table.rows
    ]
    return tabulate(rows, header, "github", disable_numparse=True)


def _system(row: RowView) -> str:
    return escape(row.label) + (f" · {escape(row.detail)}" if row.detail else "")


def _cell(cell: CellView) -> str:
    rank = f"**{cell.rank}**" if cell.first else cell.rank
    return f"{rank} · {escape(cell.text)}" if rank else escape(cell.text)
