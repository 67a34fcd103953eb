"""How a run was made, for the page: training curves, time and cost of every stage, recipe and fingerprints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import yaml

from harness.report.page.blocks import number
from harness.report.page.joined import PageRun
from harness.run.reading import Reading

#: What trainers log and the page draws, where a log has it: TRL's names.
CURVES = ("loss", "eval_loss", "rewards/accuracies", "rewards/margins", "mean_token_accuracy", "grad_norm")
#: Points of a curve on the page; longer logs are thinned evenly.
_POINTS = 400


def making(runs: Sequence[PageRun]) -> list[dict[str, Any]]:
    """One entry a run."""
    return [_run(run) for run in runs]


def _run(run: PageRun) -> dict[str, Any]:
    manifest = run.report.manifest
    return {
        "name": run.name,
        "valign": manifest.valign,
        "hardware": manifest.hardware,
        "recipe": yaml.safe_dump(manifest.recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
        "held_out": {record.name: record.held_out for record in manifest.documents},
        "training": [curve for reading in run.report.readings for curve in _training(reading)],
        "stages": [stage for reading in run.report.readings for stage in _stages(reading)],
        "cost": [
            {"document": results.document, "judge": judge, **asdict(report.cost)}
            for results in run.report.documents
            for judge, report in results.judges.items()
            if report.cost.calls
        ],
    }


def _training(reading: Reading) -> list[dict[str, Any]]:
    """The curves of each checkpoint whose log is still there."""
    found = []
    for record in reading.record.of_kind("checkpoint"):
        file = reading.folder(record) / "training_log.json"
        if file.is_file():
            log = json.loads(file.read_text(encoding="utf-8"))
            curves = {name: thinned(log, name) for name in CURVES}
            own = {name: points for name, points in curves.items() if points}
            found.append({"document": reading.record.name, "method": record.about["method"], "curves": own})
    return found


def thinned(log: Sequence[dict[str, Any]], name: str) -> list[list[float | None]]:
    """[step, value] of a trainer's log, at most `_POINTS` of them, the last among them; [] where it is not logged."""
    points = [[row["step"], number(float(row[name]))] for row in log if name in row and "step" in row]
    every = -(-len(points) // _POINTS) or 1
    return points[(len(points) - 1) % every :: every]


def _stages(reading: Reading) -> list[dict[str, Any]]:
    return [
        {"document": reading.record.name, "kind": one.kind, "title": one.title, "id": one.id,
         "seconds": reading.seconds(one)}
        for one in reading.record.steps
    ]  # fmt: skip
