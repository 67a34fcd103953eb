"""The entry of a finished run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.judging.verdicts import VerdictArrays
from harness.leaderboard.entry import FORMAT, ITEM_SETS, Entry, checksum
from harness.leaderboard.measured import Measured, column_figures, gained_of, judge_figures, resampler_of
from harness.leaderboard.packing import pack, rounded
from harness.metrics.base import METRICS, Better
from harness.recipe import Recipe
from harness.recipe.yaml_files import checked
from harness.run.columns import CONTRAST, PREFERENCE, judge_of
from harness.run.manifest import Manifest
from harness.run.reading import Reading, read_run
from harness.statistics.scored_items import ScoredItems
from valign.fingerprint import fingerprint

#: Columns that stay behind: BERTScore's F1 speaks for its two parts.
_LEFT_OUT = ("bertscore_precision", "bertscore_recall")


def entry_of(folder: Path, name: str | None = None, label: str | None = None) -> Entry:
    """The entry of a finished run, the same each time. name: the recipe's where not given. label: the name likewise.

    Raises:
        InputError: the folder contains no finished run, or a name or label cannot stand in an entry.
    """
    manifest, readings = read_run(folder)
    name = name or manifest.recipe.name
    data: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "label": label or name,
        "made_by": _made_by(manifest),
        "systems": [
            {"name": s.name, "label": manifest.labels[s.name], "method": s.method, "retrieval": s.retrieval}
            for s in manifest.recipe.systems
        ],
        "documents": [
            {
                "name": reading.record.name,
                "title": reading.record.title,
                "item_sets": list(_item_sets(manifest.recipe, reading)),
            }
            for reading in readings
        ],
        "checksum": "0" * 64,
    }
    plain = checked(Entry, data, f"entry of {folder}").model_dump(mode="json")
    return checked(Entry, {**plain, "checksum": checksum(plain)}, f"entry of {folder}")


def _made_by(manifest: Manifest) -> dict[str, Any]:
    seed = manifest.recipe.seed_model
    return {
        "valign": manifest.valign,
        "seed_model": seed.label,
        "stand_in": seed.stand_in,
        "hardware": manifest.hardware,
        "recipe": fingerprint(manifest.recipe.model_dump(mode="json")),
    }


def _item_sets(recipe: Recipe, reading: Reading) -> Iterator[dict[str, Any]]:
    better = {column: kind for metric in recipe.metrics for column, kind in _better(metric.name).items()}
    for kind, scored in zip(ITEM_SETS, reading.scored, strict=False):
        kept = _as_kept(scored)
        judged = reading.judged if kind == "held-out prompts" else {}
        verdicts = {judge: [_rounded(world) for world in one.worlds] for judge, one in judged.items()}
        found, resampler = Measured(kept, verdicts), resampler_of(kept)
        figures = column_figures(found, resampler)
        yield {
            "kind": kind,
            "items": {
                "ids": [item.id for item in kept.items],
                "contents": [item.content for item in kept.items],
                "sections": [item.section for item in kept.items],
            },
            "answers": dict(kept.fingerprints),
            "columns": [_column(kept, one, better.get(one, "neither"), figures[one]) for one in kept.columns],
            "judges": [
                {
                    "name": judge,
                    "identity": reading.judge_identity(judge),
                    "alarms": reading.judge_report(judge, resampler).alarms,
                    "contests": [
                        [
                            {"first": first, "second": second, "gained": pack(gained)}
                            for first, second, gained in gained_of(world)
                        ]
                        for world in worlds
                    ],
                    "figures": judge_figures(found, judge, resampler),
                }
                for judge, worlds in verdicts.items()
            ],
        }


def _better(metric: str) -> dict[str, Better]:
    """Which figures of a metric rank first; of a metric that is no longer installed nothing is known."""
    if metric not in METRICS.names():
        return {}
    kind = METRICS.find(metric)
    return dict.fromkeys(kind.columns, kind.better)


def _as_kept(scored: ScoredItems) -> ScoredItems:
    """The columns that an entry keeps, at its precision. Win rates follow from the verdicts."""
    values = {
        name: {
            column: replace(one, statistics=rounded(one.statistics), reasons=())
            for column, one in columns.items()
            if not judge_of(column) and column not in _LEFT_OUT
        }
        for name, columns in scored.values.items()
    }
    return replace(scored, values=values)


def _rounded(verdicts: VerdictArrays) -> VerdictArrays:
    return replace(verdicts, gained=rounded(verdicts.gained))


def _column(scored: ScoredItems, column: str, better: Better, figures: Any) -> dict[str, Any]:
    values = {name: columns[column] for name, columns in scored.values.items()}
    first = next(iter(values.values()))
    return {
        "name": column,
        "aggregate": first.aggregate,
        "signature": first.signature,
        "better": "higher" if column in (PREFERENCE, CONTRAST) else better,
        "width": first.statistics.shape[1] // first.runs,
        "runs": {name: one.runs for name, one in values.items() if one.runs > 1},
        "values": {name: pack(one.statistics) for name, one in values.items()},
        "figures": figures,
    }
