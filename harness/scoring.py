"""Scores of stored answers: metrics by name, per-item values on disk."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alignment.weights import locate
from harness.answers import Answer, write_json
from harness.fingerprint import of_model, versions
from harness.metrics import find
from harness.metrics.base import Values
from harness.section_hit import SectionHit
from tasks.errors import unknown

_LIBRARIES = ("sacrebleu", "rouge-score", "bert-score", "sentence-transformers", "transformers", "torch")
_OWN = {"section_hit": SectionHit}


def metric_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a metric's figures depend on, for the fingerprint; a model counts by its bytes, not by where it lies."""
    columns = metric_columns(name, settings)
    named = {**_own_defaults(name), **settings}
    if isinstance(named.get("model"), str):
        named["model"] = of_model(locate(named["model"]))
    return {"name": name, "settings": named, "columns": columns, "versions": versions(_LIBRARIES)}


def metric_columns(name: str, settings: Mapping[str, Any]) -> list[str]:
    """The figures that a metric gives, in order.

    Raises:
        InputError: no such metric, or a setting it lacks.
    """
    if name not in _OWN:
        return list(find(name, _located(settings)).columns)
    for setting in settings:
        if setting not in _own_defaults(name):
            raise unknown(f"setting of metric {name}", setting, _own_defaults(name))
    return list(_OWN[name].columns)


def _own_defaults(name: str) -> dict[str, Any]:
    if name not in _OWN:
        return {}
    return {key: parameter.default for key, parameter in inspect.signature(_OWN[name]).parameters.items()}


def score_systems(
    name: str, settings: Mapping[str, Any], systems: Sequence[Sequence[Answer]]
) -> list[dict[str, Values]]:
    """The values of several systems' answers to the same items, by column; what they share is computed once."""
    references = [answer.reference for answer in systems[0]]
    if name in _OWN:
        own = _OWN[name](**settings)
        sections = [answer.section for answer in systems[0]]
        return [own.score([a.text for a in answers], references, sections) for answers in systems]
    metric = find(name, _located(settings))
    return metric.score_many([[answer.text for answer in answers] for answers in systems], references)


def _located(settings: Mapping[str, Any]) -> dict[str, Any]:
    named = dict(settings)
    if isinstance(named.get("model"), str):
        named["model"] = locate(named["model"])
    return named


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
