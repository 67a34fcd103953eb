"""The files of a run's safety figures: `safety.md`, `safety.csv`, `safety.png`."""

from __future__ import annotations

from pathlib import Path

from harness.manifest import Manifest
from harness.report.table import Table, csv_text, markdown
from harness.safety.plot import draw
from harness.safety.report import safety_tables, spreadsheet, subset_tables
from harness.safety.results import SafetyResults, safety_results
from harness.store import Store, write_whole

FILES = ("safety.md", "safety.csv", "safety.png")


def read_safety(manifest: Manifest, store: Store) -> list[SafetyResults]:
    """The safety figures of every document of a run; none where it asked for none."""
    found = (safety_results(manifest, record, store) for record in manifest.documents)
    return [one for one in found if one is not None]


def write_safety(folder: Path, manifest: Manifest, documents: list[SafetyResults], above: list[str]) -> list[Table]:
    """Write the files below `folder` and return the tables that stand after the documents' own."""
    if not documents:
        return []
    first = [table for one in documents for table in safety_tables(manifest, one)]
    drawn = draw(folder / FILES[2], manifest, documents)
    picture = [f"![Refusal against over-refusal]({FILES[2]})"] if drawn else []
    every = [*first, *(table for one in documents for table in subset_tables(manifest, one))]
    write_whole(folder / FILES[0], markdown(every, f"valign: {manifest.recipe.name}, safety", [*above, *picture]))
    write_whole(folder / FILES[1], csv_text(spreadsheet(documents)))
    return first
