"""The report of a synthesis as tables for the terminal."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Group
from rich.table import Column, Table

from alignment.synthesis.report import Report
from alignment.synthesis.types import PIPELINES
from tasks.data.audit.report import SPLITS
from valign.escaping import on_terminal

_ROLES = {
    "train": "trained on",
    "mixed": "trained on, a share of their questions held out",
    "seen": "held out, their section trained on",
    "unseen": "held out with their section",
    "too short": "passed over: too short",
}


def as_tables(report: Report) -> Group:
    """Chunks by role, drafts by reason for rejection, items by split and kind, lost chunks, and calls and cost."""
    title = f"{report.document}, written by {report.teacher}"
    parts: list[Any] = [_chunks(report, title), _drafts(report), _items(report)]
    if report.lost:
        parts.append(_lost(report))
    if report.usage:
        parts.append(_usage(report))
    return Group(*parts)


def _chunks(report: Report, title: str) -> Table:
    table = Table("chunks", "how many", title=on_terminal(title), title_justify="left")
    roles = Counter(str(chunk["role"]) for chunk in report.chunks.values())
    for role, description in _ROLES.items():
        if roles[role]:
            table.add_row(description, str(roles[role]))
    table.add_section()
    table.add_row("all", str(len(report.chunks)))
    return table


def _drafts(report: Report) -> Table:
    table = Table("drafts", *PIPELINES)
    drafts = report.drafts
    table.add_row("written", *(str(drafts[p]["kept"] + drafts[p]["rejected"]) for p in PIPELINES))
    reasons = Counter({r: n for p in PIPELINES for r, n in report.rejected[p].items()})
    for reason in sorted(reasons):
        table.add_row(on_terminal(f"  {reason}"), *(str(report.rejected[p].get(reason, "")) for p in PIPELINES))
    table.add_section()
    table.add_row("kept", *(str(drafts[p]["kept"]) for p in PIPELINES))
    return table


def _items(report: Report) -> Table:
    kinds = sorted({kind for counts in report.items.values() for kind in counts})
    table = Table("items", *(Column(on_terminal(kind)) for kind in kinds), "all")
    for split in SPLITS:
        counts = report.items[split]
        table.add_row(split, *(str(counts.get(kind, "")) for kind in kinds), str(sum(counts.values())))
    return table


def _lost(report: Report) -> Table:
    table = Table("lost: pipeline", "step", "reason", "chunks")
    for (pipeline, step, reason), count in sorted(
        Counter((one.pipeline, one.step, one.reason) for one in report.lost).items()
    ):
        table.add_row(pipeline, step, on_terminal(reason), str(count))
    return table


def _usage(report: Report) -> Table:
    table = Table("asked", "how many")
    for name, value in report.usage.items():
        if isinstance(value, dict):
            for reason, count in value.items():
                table.add_row(on_terminal(f"{name}: {reason}"), str(count))
        else:
            table.add_row(name.replace("_", " "), f"{value:,}")
    return table
