"""An output format: the names of the tables, one a line."""

from pathlib import Path

import valign


class Titles(valign.Format):
    """For nobody in particular."""

    def write(self, report: valign.Report, folder: Path) -> list[Path]:
        """Write `titles.txt`."""
        path = folder / "titles.txt"
        path.write_text("".join(f"{table.title}\n" for table in report.tables))
        return [path]


FORMAT = Titles()
