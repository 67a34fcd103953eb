"""The report type, and the interface of output formats."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from harness.report.preamble import preamble
from harness.report.run_tables import tables_of
from harness.report.safety import safety_tables
from harness.report.table import Table
from harness.run.figures import DocumentResults
from harness.run.manifest import Manifest
from harness.run.reading import Reading
from harness.run.safety_figures import SafetyResults
from valign.registry import Registry


@dataclass(frozen=True)
class Report:
    """A run's manifest, its figures by document, its safety figures, and the stored items that they come from."""

    manifest: Manifest
    documents: tuple[DocumentResults, ...]
    safety: tuple[SafetyResults, ...]
    readings: tuple[Reading, ...]

    @cached_property
    def preamble(self) -> list[str]:
        """The lines above the tables, in Markdown."""
        return preamble(self.manifest)

    @cached_property
    def tables(self) -> list[Table]:
        """The main tables: document by document, then safety."""
        of_safety = [table for one in self.safety for table in safety_tables(self.manifest, one)]
        return [*tables_of(self.manifest.recipe, self.documents), *of_safety]


class Format(ABC):
    """One file `harness/report/formats/<name>.py` with an instance as `FORMAT`, or an entry point `valign.formats`.

    A file `every_eval_ever.py` is asked for as `every-eval-ever`.

    shipped: whether every report is written in it; other formats need `valign report RUN --format NAME`.
    """

    shipped: ClassVar[bool] = False

    @abstractmethod
    def write(self, report: Report, folder: Path) -> list[Path]:
        """Write the files of a report below `folder`, each atomically, and return their paths."""


FORMATS: Registry[Format] = Registry(
    "output format", "valign.formats", ("harness.report.formats",), "FORMAT", besides=("base",), hyphens=True
)
