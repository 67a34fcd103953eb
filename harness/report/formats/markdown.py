"""`tables.md`: what the run shows, every table, and one prompt's answers, as one Markdown page."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.report.conclusions import conclusions
from harness.report.formats.base import Format, Report
from harness.report.side_by_side import side_by_side
from harness.report.table import markdown
from valign.files import write_atomic


class Markdown(Format):
    """For people."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        path = folder / "tables.md"
        tables = [*report.tables, *map(side_by_side, report.readings)]
        write_atomic(path, markdown(tables, f"valign: {report.manifest.recipe.name}", conclusions(report)))
        return [path]


FORMAT = Markdown()
