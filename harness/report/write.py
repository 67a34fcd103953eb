"""The files of a report: `tables.md`, `.csv`, `.tex`, and `results.json` for programs."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import __version__
from harness.recipe import Recipe
from harness.report.table import Table, csv_text, latex, markdown
from harness.report.tables import section_table, tables_of
from harness.results import DocumentResults
from harness.store import write_whole


def preamble(recipe: Recipe) -> list[str]:
    """What must be said above every table of the run."""
    lines = [f"Run `{recipe.name}`, valign {__version__}, seed model `{recipe.seed_model.model}`."]
    if recipe.seed_model.stand_in:
        lines.append(
            "**The seed model is a stand-in**: a few million parameters, made to try the harness on a laptop. "
            "Its absolute figures mean nothing; the paired differences are real."
        )
    if recipe.limit is not None:
        lines.append(f"**Cut down**: the first {recipe.limit} items of every held-out set only.")
    return lines


def write_report(folder: Path, recipe: Recipe, documents: Sequence[DocumentResults]) -> list[Table]:
    """Write every report file below `folder` and return the tables."""
    tables = tables_of(recipe, documents)
    above = preamble(recipe)
    write_whole(folder / "tables.md", markdown(tables, f"valign: {recipe.name}", above))
    write_whole(folder / "tables.csv", "\n".join(f"# {t.title}\n{csv_text(t)}" for t in tables))
    write_whole(folder / "tables.tex", latex(tables, above))
    write_whole(folder / "sections.csv", csv_text(section_table(documents)))
    data = {
        "valign": __version__,
        "recipe": recipe.model_dump(mode="json"),
        "documents": [_plain(one) for one in documents],
    }
    write_whole(folder / "results.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
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
