"""A gate's result as a comment in a pull request: verdict, table, flips, and a link to the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.gate.flips import Flip
from harness.gate.verdict import GateResult
from harness.report.gate import as_table, flips_line, named, verdict_line
from harness.report.table import Alarm, Table, markdown, markdown_table
from valign.errors import InputError
from valign.escaping import in_markdown, shortened

#: Characters of a comment; GitHub takes 65,536, and a marker comes before it.
_MOST = 60_000
#: Of them for the table of checks.
_TABLE = 30_000
#: Flips of one kind of one check that are shown, and characters of each text.
_FLIPS, _TEXT = 10, 400
_ADDRESS = re.compile(r"https?://[^\s<>]+")


def as_markdown(result: GateResult, page: str | None = None) -> str:
    """A comment for a pull request, no longer than GitHub takes. page: the address of the report's page.

    Raises:
        InputError: `page` is no address.
    """
    lines = [Alarm(verdict_line(result)), *filter(None, [flips_line(result)])]
    text = markdown([], "valign gate", lines)
    if page is not None:
        if not _ADDRESS.fullmatch(page):
            raise InputError(f"--page {page!r}: expected an address that starts with https:// or http://")
        text += f"\n[The page with every figure and answer](<{page}>)\n"
    text += f"\n{_checks(result)}\n"
    left_out = 0
    for part in _flips(result):
        if len(text) + len(part) > _MOST:
            left_out += 1
        else:
            text += part
    if left_out:
        text += f"\n{left_out} lists of flips are left out, since GitHub takes no longer comment.\n"
    return text


def _checks(result: GateResult) -> str:
    """The table of checks: all of them, or as many as there is room for, those that did not pass before others."""
    open_ = [check for check in result.checks if check.outcome != "passed"]
    for some in (list(result.checks), open_, open_[:40], open_[:5], []):
        table = as_table(replace(result, checks=tuple(some)))
        if len(some) < len(result.checks):
            note = f"{len(result.checks) - len(some)} checks are left out, since GitHub takes no longer comment."
            table = replace(table, notes=(*table.notes, note))
        text = markdown_table(table)
        if len(text) <= _TABLE:
            break
    return text


def _flips(result: GateResult) -> Iterator[str]:
    for check in result.checks:
        for fixed, direction in ((False, "right → wrong"), (True, "wrong → right")):
            own = [flip for flip in check.flips or () if flip.fixed == fixed]
            if own:
                summary = in_markdown(f"{named(check)}: {len(own)} {direction}")
                yield f"\n<details><summary>{summary}</summary>\n\n{markdown_table(_flip_table(own))}\n\n</details>\n"


def _flip_table(flips: list[Flip]) -> Table:
    """The first flips with their answers; columns that none has are left out."""
    shown = flips[:_FLIPS]
    cells = [(flip.item, flip.section, flip.prompt, flip.main, flip.candidate) for flip in shown]
    header = ("Item", "Section", "Prompt", "main", "candidate")
    kept = [at for at in range(len(header)) if at == 0 or any(row[at] for row in cells)]
    rows = tuple(tuple(shortened(row[at], _TEXT) for at in kept) for row in cells)
    notes = (f"{len(flips) - len(shown)} more are in the JSON.",) if len(flips) > len(shown) else ()
    return Table("flips", "Flips", tuple(header[at] for at in kept), rows, notes)
