"""The files of a report: `tables.md` and `.tex` for people, tidy CSV for spreadsheets, `results.json` for programs."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import __version__
from harness.manifest import Manifest
from harness.reading import read_run
from harness.recipe import Recipe
from harness.report.spreadsheets import comparisons_csv, figures_csv, section_table
from harness.report.table import Table, csv_text, latex, markdown
from harness.report.tables import tables_of
from harness.results import DocumentResults, document_results
from harness.safety.results import SafetyResults, plain
from harness.safety.write import read_safety, write_safety
from harness.store import Store, write_whole

#: Every file that a report writes.
FILES = ("tables.md", "tables.tex", "tables.csv", "comparisons.csv", "sections.csv", "results.json")


def preamble(recipe: Recipe, valign: str = __version__) -> list[str]:
    """What must be said above every table of the run; `valign` is the version that made it."""
    lines = [f"Run `{recipe.name}`, valign {valign}, seed model `{recipe.seed_model.model}`."]
    if recipe.seed_model.stand_in:
        lines.append(
            "**The seed model is a stand-in**: a few million parameters, made to try the harness on a laptop. "
            "Its absolute figures mean nothing; the paired differences are real."
        )
    if recipe.limit is not None:
        lines.append(f"**Cut down**: the first {recipe.limit} items of every held-out set only.")
    return lines


def report_run(folder: Path) -> list[Table]:
    """Compute the figures of the finished run in `folder`, write its report there and return the tables.

    Raises:
        InputError: no run lies there, or an artefact is missing.
    """
    manifest, readings = read_run(folder)
    safety = read_safety(manifest, Store(folder / "artefacts"))
    return write_report(folder, manifest, [document_results(reading) for reading in readings], safety)


def write_report(
    folder: Path, manifest: Manifest, documents: Sequence[DocumentResults], safety: Sequence[SafetyResults] = ()
) -> list[Table]:
    """Write every report file below `folder` and return the tables."""
    recipe = manifest.recipe
    above = preamble(recipe, manifest.valign)
    tables = [*tables_of(recipe, documents), *write_safety(folder, manifest, list(safety), above)]
    data = {
        "valign": manifest.valign,
        "recipe": recipe.model_dump(mode="json"),
        "documents": [_plain(one) for one in documents],
        "safety": [plain(one) for one in safety],
    }
    texts = (
        markdown(tables, f"valign: {recipe.name}", above),
        latex(tables, above),
        csv_text(figures_csv(documents)),
        csv_text(comparisons_csv(documents)),
        csv_text(section_table(documents)),
        json.dumps(data, indent=1, ensure_ascii=False) + "\n",
    )
    for name, text in zip(FILES, texts, strict=True):
        write_whole(folder / name, text)
    return tables


def _plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as JSON has them; NaN as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value
