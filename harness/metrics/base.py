"""The metric interface, and metrics by name."""

from __future__ import annotations

import dataclasses
from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from harness.models.answers import Answer
from harness.statistics.values import Values
from valign.errors import InputError, unknown
from valign.registry import Registry

Better = Literal["higher", "lower", "neither"]


class Metric(ABC):
    """Scores hypotheses against references. A subclass is a frozen dataclass whose fields are the metric's settings.

    It is the `METRIC` of a file `harness/metrics/<name>.py`, or an entry point of the group `valign.metrics`, and
    defines `score`, or `score_many` where systems share work.

    name: the metric's name in recipes, `bleu`. columns: the names of its figures, in order. better: which figures a
    leaderboard ranks first; figures that are best at some value in between are not ranked.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    better: ClassVar[Better] = "higher"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.score is Metric.score and cls.score_many is Metric.score_many:
            raise TypeError(f"{cls.__name__}: a metric must define score or score_many")

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """The values of one system, by column.

        Raises:
            ValueError: the two sequences differ in length.
        """
        return self.score_many([hypotheses], references)[0]

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The values of several systems on the same references; shared work is done once."""
        return [self.score(each, references) for each in hypotheses]


class ByItem(Metric):
    """A base for metrics that need more of an item than its reference: they define `score_items`, not `score_many`."""

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """Raises InputError: the items are missing."""
        raise InputError(f"metric {self.name}: expected whole items; it can only score the answers of a run")

    def score_items(self, systems: Sequence[Sequence[Answer]]) -> list[dict[str, Values]]:
        """The values of several systems' answers to the same items, each with its section, stance, key facts, …"""
        raise NotImplementedError


def check_lengths(hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> None:
    """Raises ValueError if a system does not have one hypothesis per reference."""
    for each in hypotheses:
        if len(each) != len(references):
            raise ValueError(f"{len(each)} hypotheses for {len(references)} references")


#: Every metric by name.
METRICS: Registry[Any] = Registry(
    "metric", "valign.metrics", ("harness.metrics",), "METRIC", besides=("base", "scoring"), named_by="name"
)


def find(name: str, settings: Mapping[str, Any] | None = None) -> Metric:
    """The metric of that name with these settings; its module and libraries are imported only now.

    Raises:
        InputError: the metric or a setting is unknown, or a setting is missing or has a wrong type or value.
    """
    return _build(name, METRICS.find(name), dict(settings or {}))


def _build(name: str, kind: Any, settings: dict[str, Any]) -> Metric:
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    for key, value in settings.items():
        if key not in fields:
            if not fields:
                raise InputError(f"metric {name}: takes no settings, but {key!r} was given")
            raise unknown(f"setting of metric {name}", key, fields)
        default = fields[key].default
        if default is not dataclasses.MISSING and type(value) is not type(default):
            raise InputError(f"metric {name}: {key}: expected {type(default).__name__}, not {value!r}")
    missing = [key for key, f in fields.items() if f.default is dataclasses.MISSING and key not in settings]
    if missing:
        raise InputError(f"metric {name}: setting {missing[0]!r} is missing")
    built: Metric = kind(**settings)
    return built
