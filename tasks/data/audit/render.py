"""An audit as tables for the terminal and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from tasks.data.audit.checks import CHECKS
from tasks.data.audit.report import Audit
from valign.escaping import on_terminal


def as_json(audit: Audit) -> dict[str, Any]:
    """The audit as a dictionary that `json` can write: folder, passed, findings, figures."""
    return {
        "folder": audit.folder,
        "passed": audit.passed,
        "findings": [asdict(finding) for finding in audit.findings],
        "figures": audit.figures,
    }


def as_table(audit: Audit, most: int = 20) -> Group:
    """Tables of the splits, of every check with its count, and of up to `most` findings of each check."""
    parts: list[Any] = [_splits(audit), _checks(audit)]
    if audit.findings:
        parts.append(_findings(audit, most))
    total = len(audit.findings)
    parts.append(Text("passed" if audit.passed else f"{total} finding{'s' if total != 1 else ''}", style="bold"))
    return Group(*parts)


def print_audit(audit: Audit, console: Console, most: int = 20) -> None:
    """Print the tables."""
    console.print(as_table(audit, most))


_MEASURED = ("yes_share", "length_difference", "length_accuracy")


def _splits(audit: Audit) -> Table:
    headings = ("split", "items", "yes among yes/no", "chosen longer by", "chosen told by length")
    table = Table(*headings, title=on_terminal(audit.folder))
    for split, count in audit.figures["items"].items():
        measured = [audit.figures.get(name, {}).get(split) for name in _MEASURED]
        cells = ["" if value is None else f"{value:.1%}" for value in measured]
        table.add_row(split, "absent" if count is None else str(count), *cells)
    return table


def _checks(audit: Audit) -> Table:
    table = Table("check", "findings")
    for check in CHECKS:
        count = audit.figures["findings"][check]
        table.add_row(check, Text(str(count), style="bold red" if count else "green"))
    return table


def _findings(audit: Audit, most: int) -> Table:
    table = Table("check", "where", "what")
    for check in CHECKS:
        found = [finding for finding in audit.findings if finding.check == check]
        for finding in found[:most]:
            table.add_row(finding.check, on_terminal(finding.where), on_terminal(finding.detail))
        if len(found) > most:
            table.add_row(check, "", f"… and {len(found) - most} more")
    return table
