"""`tables.tex`: every table, ready to `\\input` into a document that loads booktabs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.report.formats.base import Format, Report
from harness.report.latex import latex
from valign.files import write_atomic


class Latex(Format):
    """For papers."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        path = folder / "tables.tex"
        write_atomic(path, latex(report.tables, report.preamble))
        return [path]


FORMAT = Latex()
