"""Scoring stored answers with a metric, by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from harness.metrics.base import METRICS, ByItem, Metric, find
from harness.models.answers import Answer
from harness.statistics.values import Values
from valign.fingerprint import of_model, versions
from valign.models.locate import locate

_LIBRARIES = ("sacrebleu", "rouge-score", "bert-score", "sentence-transformers", "transformers", "torch")


def metric_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a metric's values depend on, for the fingerprint; a local model is identified by its files' content.

    Raises:
        InputError: the metric or a setting is unknown.
    """
    metric: Any = _build(name, settings)
    every = {field.name: getattr(metric, field.name) for field in dataclasses.fields(metric) if field.init}
    if isinstance(every.get("model"), str):
        every["model"] = of_model(locate(every["model"]))
    own = versions(_LIBRARIES) | METRICS.version(name)
    return {"name": name, "settings": every, "columns": list(metric.columns), "versions": own}


def score_systems(
    name: str, settings: Mapping[str, Any], systems: Sequence[Sequence[Answer]]
) -> list[dict[str, Values]]:
    """The values of several systems' answers to the same items, by column; shared work is done once."""
    metric = _build(name, settings)
    if isinstance(metric, ByItem):
        return metric.score_items(systems)
    texts = [[answer.text for answer in answers] for answers in systems]
    return metric.score_many(texts, [answer.reference for answer in systems[0]])


def _build(name: str, settings: Mapping[str, Any]) -> Metric:
    """The metric with the path of its model in place of the model's name."""
    model = settings.get("model")
    return find(name, {**settings, "model": locate(model)} if isinstance(model, str) else settings)
