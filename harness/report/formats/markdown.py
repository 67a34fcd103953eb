"""`tables.md`: every table as one Markdown page."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.report.formats.base import Format, Report
from harness.report.table import markdown
from valign.files import write_atomic


class Markdown(Format):
    """For people."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        path = folder / "tables.md"
        write_atomic(path, markdown(report.tables, f"valign: {report.manifest.recipe.name}", report.preamble))
        return [path]


FORMAT = Markdown()
