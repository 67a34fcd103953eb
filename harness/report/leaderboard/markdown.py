"""`leaderboard.md`: the leaderboard for readers of the repository."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from harness.report.leaderboard.view import CellView, RowView, TableView
from valign.escaping import bold_in_markdown, in_markdown


def leaderboard_markdown(tables: Sequence[TableView], heading: str, intro: Sequence[str]) -> str:
    """All tables as one Markdown page."""
    parts = [f"# {heading}", *intro]
    for table in tables:
        parts += [f"## {in_markdown(table.title)}", in_markdown(table.subtitle[:1].upper() + table.subtitle[1:]) + "."]
        parts += [bold_in_markdown(alarm) for alarm in table.alarms]
        parts.append(_table(table))
        notes = [f"- {in_markdown(note)}" for note in table.notes]
        notes += [
            f"- {in_markdown(head.text)}: {in_markdown(head.signature)}" for head in table.columns if head.signature
        ]
        parts += ["\n".join(notes)] if notes else []
    return "\n\n".join(parts) + "\n"


def _table(table: TableView) -> str:
    header = ["System", "RAG", "Entry", *(in_markdown(head.text) for head in table.columns)]
    rows = [
        [_system(row), row.retrieval, in_markdown(row.entries), *(_cell(cell) for cell in row.cells)]
        for row in table.rows
    ]
    return tabulate(rows, header, "github", disable_numparse=True)


def _system(row: RowView) -> str:
    return in_markdown(row.label) + (f" · {in_markdown(row.detail)}" if row.detail else "")


def _cell(cell: CellView) -> str:
    rank = f"**{cell.rank}**" if cell.first else cell.rank
    return f"{rank} · {in_markdown(cell.text)}" if rank else in_markdown(cell.text)
