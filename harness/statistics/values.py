"""Per-item values of a metric, in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from valign.errors import InputError
from valign.files import write_json


@dataclass(frozen=True, eq=False)
class Values:
    """Per-item values of a metric, from which the figure of any subset or resample of the items can be computed.

    statistics: float64 (n_items, runs · k). For a mean metric k = 1 and the number is the item's value; for a corpus
        metric its sufficient statistics, which are summed over items. A row with a NaN is an unscored item.
    aggregate: name of the function from summed statistics to the figure, see `statistics.aggregates`.
    signature: library, version and settings; figures with different signatures are not comparable.
    reasons: (item index, why it is unscored), in the order of the items.
    runs: training runs of the system, one for each seed, whose k columns stand side by side. The figure is the mean of
        theirs. An item that has no score in one run is unscored.

    Two `Values` are equal only if they are the same object, because replicates are cached by object.
    """

    statistics: NDArray[np.float64]
    aggregate: str
    signature: str
    reasons: tuple[tuple[int, str], ...] = ()
    runs: int = 1

    def __post_init__(self) -> None:
        statistics = np.asarray(self.statistics, dtype=np.float64)
        if statistics.ndim != 2 or statistics.shape[1] % self.runs:
            raise ValueError(
                f"statistics must have shape (n_items, k), k a multiple of {self.runs}, not {statistics.shape}"
            )
        object.__setattr__(self, "statistics", statistics)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """bool (n_items,): which items have a score."""
        return np.asarray(~np.isnan(self.statistics).any(axis=1))

    def run(self, number: int) -> Values:
        """The values of one training run."""
        if self.runs == 1:
            return self
        return replace(self, statistics=np.split(self.statistics, self.runs, axis=1)[number], runs=1)


def mean_values(values: Sequence[float], signature: str, reasons: Sequence[tuple[int, str]] = ()) -> Values:
    """`Values` of a metric whose figure is the mean over items. values: (n_items,), NaN where unscored."""
    return Values(np.asarray(values, dtype=np.float64).reshape(-1, 1), "mean", signature, tuple(reasons))


def stacked(runs: Sequence[Values]) -> Values:
    """The values of several training runs on the same items as one system's; a single one is returned as it is.

    Raises:
        InputError: the runs are measured differently.
        ValueError: they have different numbers of items.
    """
    first = runs[0]
    if len(runs) == 1:
        return first
    for one in runs[1:]:
        if (one.signature, one.aggregate) != (first.signature, first.aggregate):
            raise InputError(f"training runs are measured differently: {first.signature} and {one.signature}")
        if one.statistics.shape != first.statistics.shape:
            raise ValueError(f"training runs of {len(first.statistics)} and {len(one.statistics)} items")
    reasons = {item: reason for one in runs for item, reason in one.reasons}
    statistics = np.hstack([one.statistics for one in runs])
    return Values(statistics, first.aggregate, first.signature, tuple(sorted(reasons.items())), len(runs))


def write_values(folder: Path, columns: Mapping[str, Values]) -> None:
    """Write per-item values of one training run: an array per column, and `columns.json` with the rest."""
    columns_data = {}
    for name, values in columns.items():
        np.save(folder / _file(name), values.statistics)
        columns_data[name] = {
            "aggregate": values.aggregate,
            "signature": values.signature,
            "reasons": list(values.reasons),
        }
    write_json(folder / "columns.json", columns_data)


def read_values(folder: Path) -> dict[str, Values]:
    """Read what `write_values` wrote."""
    data = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    return {
        name: Values(
            np.load(folder / _file(name)),
            one["aggregate"],
            one["signature"],
            tuple((int(item), str(reason)) for item, reason in one["reasons"]),
        )
        for name, one in data.items()
    }


def _file(column: str) -> str:
    """The file of a column; a name that another harness gave can hold what no file name may."""
    return f"{quote(column, safe=' ,.[]@+=-_')}.npy"
