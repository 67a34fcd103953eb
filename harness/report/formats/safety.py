"""`safety.md`, `.csv`, `.svg` and `.pdf`: the safety figures, over all items and by kind, area and severity."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.report.formats.base import Format, Report
from harness.report.safety import safety_tables, spreadsheet, subset_tables
from harness.report.safety_plot import draw
from harness.report.table import csv_text, markdown
from valign.files import write_atomic


class Safety(Format):
    """Writes nothing for a run without safety figures."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        if not report.safety:
            return []
        manifest, documents = report.manifest, list(report.safety)
        page, sheet = folder / "safety.md", folder / "safety.csv"
        plots = draw(folder, manifest, documents)
        pictures = {"Refusal against over-refusal": plots[0].name} if plots else {}
        tables = [
            *(table for one in documents for table in safety_tables(manifest, one)),
            *(table for one in documents for table in subset_tables(manifest, one)),
        ]
        heading = f"valign: {manifest.recipe.name}, safety"
        write_atomic(page, markdown(tables, heading, report.preamble, pictures))
        write_atomic(sheet, csv_text(spreadsheet(documents)))
        return [page, sheet, *plots]


FORMAT = Safety()
