"""The report of a finished run: figures from stored artefacts, written in every format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.report.formats.base import FORMATS, Report
from harness.run.figures import document_results
from harness.run.reading import read_run
from harness.run.safety_figures import read_safety
from harness.run.store import Store


def read_report(folder: Path) -> Report:
    """Compute the figures of the finished run in `folder`.

    Raises:
        InputError: the folder contains no run, or an artefact is missing.
    """
    manifest, readings = read_run(folder)
    safety = read_safety(manifest, Store(folder / "artefacts"))
    figures = tuple(document_results(reading) for reading in readings)
    return Report(manifest, figures, tuple(safety), tuple(readings))


def write_report(report: Report, folder: Path, formats: Sequence[str] = ()) -> list[Path]:
    """Write a report in the shipped formats and in `formats`; returns the paths of all files.

    Raises:
        InputError: a format is unknown.
    """
    chosen = [name for name in FORMATS.names() if FORMATS.find(name).shipped or name in formats]
    unknown = [name for name in formats if name not in chosen]
    return [path for name in (*chosen, *unknown) for path in FORMATS.find(name).write(report, folder)]
