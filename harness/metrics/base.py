"""What a metric is, what it knows of each item, and how one is found by its name."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.errors import InputError, unknown

#: Modules of this package that hold no metric.
_NOT_METRICS = {"base"}


@dataclass(frozen=True, eq=False)
class Values:
    """What a metric knows of each item, enough for the figure of any subset or resample of the items.

    statistics: float64 (n_items, k). For a mean metric k = 1 and the number is the item's value; for a corpus
        metric its sufficient statistics, which add up over items. A row with a NaN is an unscored item.
    aggregate: name of the function that turns summed statistics into the figure, see `harness.statistics.aggregates`.
    signature: library, version and settings; two figures with different signatures are not comparable.
    reasons: (item index, why it is unscored), in the order of the items.

    Two `Values` are equal only if they are the same object: resamples are cached by it.
    """

    statistics: NDArray[np.float64]
    aggregate: str
    signature: str
    reasons: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        statistics = np.asarray(self.statistics, dtype=np.float64)
        if statistics.ndim != 2:
            raise ValueError(f"statistics must have shape (n_items, k), not {statistics.shape}")
        object.__setattr__(self, "statistics", statistics)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """bool (n_items,): which items have a score."""
        return np.asarray(~np.isnan(self.statistics).any(axis=1))


class Metric(Protocol):
    """Scores hypotheses against references; its settings are its fields.

    One file `harness/metrics/<name>.py` whose `METRIC` is a dataclass with these members, or an entry point of the
    group `valign.metrics` that names such a class.
    """

    @property
    def name(self) -> str:
        """The name it is found by, `bleu`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The figures it gives, in order: `("rouge1", "rouge2", "rougeL", "rougeLsum")`."""

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """The values of one system, by column.

        Raises:
            ValueError: the two sequences differ in length.
        """

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The values of several systems on the same references, work that they share done once."""


class SystemBySystem:
    """A base for metrics that gain nothing from seeing all systems at once."""

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """The values of one system; a subclass gives it."""
        raise NotImplementedError

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """`score` for each system in turn."""
        return [self.score(each, references) for each in hypotheses]


class AllAtOnce:
    """A base for metrics that share work between systems: `score` is `score_many` of one."""

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """The values of one system, by column."""
        return self.score_many([hypotheses], references)[0]

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The values of several systems; a subclass gives it."""
        raise NotImplementedError


class BySection:
    """A base for metrics that look at the sections of the items: they have `score_sections` in place of `score_many`.

    Raises:
        InputError: scored where items have no sections.
    """

    name: ClassVar[str]

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """Refused: see the class."""
        return self.score_many([hypotheses], references)[0]

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """Refused: see the class."""
        raise InputError(f"metric {self.name}: wants to know each item's section; score the answers of a run with it")

    def score_sections(
        self, hypotheses: Sequence[Sequence[str]], references: Sequence[str], sections: Sequence[str]
    ) -> list[dict[str, Values]]:
        """The values of several systems; sections: (n_items,), the section of each item. A subclass gives it."""
        raise NotImplementedError


def check_lengths(hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> None:
    """Raises ValueError if a system has not one hypothesis for each reference."""
    for each in hypotheses:
        if len(each) != len(references):
            raise ValueError(f"{len(each)} hypotheses for {len(references)} references")


def mean_values(values: Sequence[float], signature: str, reasons: Sequence[tuple[int, str]] = ()) -> Values:
    """`Values` of a metric whose figure is the mean over items. values: (n_items,), NaN where unscored."""
    return Values(np.asarray(values, dtype=np.float64).reshape(-1, 1), "mean", signature, tuple(reasons))


def names() -> tuple[str, ...]:
    """The names `find` answers to: the files of this package, then entry points `valign.metrics`; sorted."""
    return tuple(sorted(set(_own()) | {entry.name for entry in metadata.entry_points(group="valign.metrics")}))


def find(name: str, settings: Mapping[str, Any] | None = None) -> Metric:
    """The metric of that name with these settings; its module, and the library behind it, are imported only now.

    Raises:
        InputError: no such metric, no such setting, or a setting of the wrong type or value.
    """
    if name in _own():
        kind: Any = importlib.import_module(f"harness.metrics.{name}").METRIC
    else:
        entries = {entry.name: entry for entry in metadata.entry_points(group="valign.metrics")}
        if name not in entries:
            raise unknown("metric", name, names())
        kind = entries[name].load()
    return _build(name, kind, dict(settings or {}))


def _own() -> Iterator[str]:
    return (
        module.name
        for module in pkgutil.iter_modules([str(path) for path in importlib.import_module("harness.metrics").__path__])
        if module.name not in _NOT_METRICS and not module.name.startswith("_")
    )


def _build(name: str, kind: Any, settings: dict[str, Any]) -> Metric:
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    for key, value in settings.items():
        if key not in fields:
            if not fields:
                raise InputError(f"metric {name}: takes no settings, but {key!r} was given")
            raise unknown(f"setting of metric {name}", key, fields)
        default = fields[key].default
        if default is not dataclasses.MISSING and type(value) is not type(default):
            raise InputError(f"metric {name}: {key} must be a {type(default).__name__}, not {value!r}")
    missing = [key for key, f in fields.items() if f.default is dataclasses.MISSING and key not in settings]
    if missing:
        raise InputError(f"metric {name}: setting {missing[0]!r} is missing")
    built: Metric = kind(**settings)
    return built
