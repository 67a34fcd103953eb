"""`results.json`: every figure for programs."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any, ClassVar

from harness.report.conclusions import conclusions
from harness.report.formats.base import Format, Report
from harness.run.safety_figures import plain as plain_safety
from valign.files import write_json


class ResultsJson(Format):
    """For programs; NaN is null."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        data = {
            "valign": report.manifest.valign,
            "recipe": report.manifest.recipe.model_dump(mode="json"),
            "conclusions": conclusions(report),
            "documents": [plain(one) for one in report.documents],
            "safety": [plain_safety(one) for one in report.safety],
        }
        path = folder / "results.json"
        write_json(path, data)
        return [path]


def plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as JSON types; NaN as null, numbers to six decimals or three digits."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6) if abs(value) >= 1e-3 else float(f"{value:.3g}")
    return value


FORMAT = ResultsJson()
