"""`report.html`: every figure and every answer as one page, opened from disk."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.report.formats.base import Format, Report
from harness.report.page.joined import PageRun
from harness.report.page.render import page_html
from valign.files import write_atomic


class Page(Format):
    """For readers."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        path = folder / "report.html"
        write_atomic(path, page_html([PageRun(report.manifest.recipe.name, report)]))
        return [path]


FORMAT = Page()
