"""Scores of stored answers: metrics by name, per-item values on disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from alignment.weights import locate
from harness import __version__
from harness.answers import Answer, read_answers, write_json
from harness.fingerprint import of_model, versions
from harness.metrics import Metric, find
from harness.metrics.base import BySection, Values
from harness.recipe import MetricChoice
from harness.store import Artefact, Store

_LIBRARIES = ("sacrebleu", "rouge-score", "bert-score", "sentence-transformers", "transformers", "torch")


def score_artefact(document: str, system: str, answers: str, choice: MetricChoice) -> Artefact:
    """The artefact of one system's values by one metric; `answers` is the id of the artefact that holds its answers."""
    inputs = {"valign": __version__, "answers": answers, "metric": metric_inputs(choice.name, choice.settings)}
    return Artefact("scores", f"{document}-{system}-{choice.name}", inputs)


def metric_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a metric's figures depend on, for the fingerprint; a model counts by its bytes, not by where it lies.

    Raises:
        InputError: no such metric, or a setting it lacks.
    """
    metric = _find(name, settings)
    named = _fields(metric)
    if isinstance(named.get("model"), str):
        named["model"] = of_model(locate(named["model"]))
    return {"name": name, "settings": named, "columns": list(metric.columns), "versions": versions(_LIBRARIES)}


def score_systems(
    name: str, settings: Mapping[str, Any], systems: Sequence[Sequence[Answer]]
) -> list[dict[str, Values]]:
    """The values of several systems' answers to the same items, by column; what they share is computed once."""
    metric = _find(name, settings)
    texts = [[answer.text for answer in answers] for answers in systems]
    references = [answer.reference for answer in systems[0]]
    if isinstance(metric, BySection):
        return metric.score_sections(texts, references, [answer.section for answer in systems[0]])
    return metric.score_many(texts, references)


def make_scores(store: Store, choice: MetricChoice, asked: Sequence[tuple[Artefact, Path]]) -> None:
    """Score several systems' answers at once and store what each scored: (artefact to make, folder of its answers)."""
    scored = score_systems(choice.name, choice.settings, [read_answers(folder) for _, folder in asked])
    for (artefact, _), columns in zip(asked, scored, strict=True):
        store.make(artefact, partial(write_values, columns=columns))


def _find(name: str, settings: Mapping[str, Any]) -> Metric:
    named = dict(settings)
    if isinstance(named.get("model"), str):
        named["model"] = locate(named["model"])
    return find(name, named)


def _fields(metric: Any) -> dict[str, Any]:
    """A metric's settings, those left at their default too."""
    return {field.name: getattr(metric, field.name) for field in dataclasses.fields(metric) if field.init}


def write_values(folder: Path, columns: Mapping[str, Values]) -> None:
    """Write per-item values, one array a column, and what they mean."""
    about = {}
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values.statistics)
        about[name] = {"aggregate": values.aggregate, "signature": values.signature, "reasons": list(values.reasons)}
    write_json(folder / "columns.json", about)


def read_values(folder: Path) -> dict[str, Values]:
    """Read what `write_values` wrote."""
    about = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    return {
        name: Values(
            np.load(folder / f"{name}.npy"),
            one["aggregate"],
            one["signature"],
            tuple((int(item), str(why)) for item, why in one["reasons"]),
        )
        for name, one in about.items()
    }
