"""One set of resamples for all systems and metrics: sampled once, reproducible, and applied as a matrix product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from harness.statistics.aggregates import AGGREGATES
from harness.statistics.values import Values

Array = NDArray[np.float64]
Weights = NDArray[np.uint8]

_BOOTSTRAP, _SWAPS = 0, 1
#: Weights in one chunk, and the most weights that a resampler keeps in memory; more are sampled again for each use.
_CHUNK_CELLS, _KEPT_CELLS = 1 << 20, 1 << 28


class Resampler:
    """Bootstrap weights and swaps over the units of a task, the same for every system, so that comparisons are paired.

    A unit is an item, or all items of a cluster where clusters are given: whole clusters are sampled with replacement
    and swapped. Chunk i of a kind is sampled from `SeedSequence([seed, kind, i])`, so it can be sampled again and is
    the same on every machine; NumPy's global generator is never used.

    n_items: number of items. clusters: the name of each item's cluster (its section), or None. resamples: R. seed: a
    non-negative integer, or a Generator that gives one.

    Raises:
        ValueError: no items, no resamples, or the number of clusters is not that of items.
    """

    def __init__(
        self,
        n_items: int,
        clusters: Sequence[str] | None = None,
        resamples: int = 10_000,
        seed: int | np.random.Generator = 0,
    ) -> None:
        if n_items < 1 or resamples < 1:
            raise ValueError(f"need at least one item and one resample, not {n_items} and {resamples}")
        if clusters is not None and len(clusters) != n_items:
            raise ValueError(f"{len(clusters)} clusters for {n_items} items")
        self.n_items = n_items
        self.resamples = resamples
        self.seed = int(seed.integers(1 << 63)) if isinstance(seed, np.random.Generator) else seed
        self.clustered = clusters is not None
        if clusters is None:
            self.unit_of_item = np.arange(n_items)
        else:
            numbers = {name: number for number, name in enumerate(dict.fromkeys(clusters))}
            self.unit_of_item = np.array([numbers[name] for name in clusters])
        self.n_units = int(self.unit_of_item.max()) + 1
        self._kept: dict[int, list[Weights]] = {}
        self._replicates: WeakKeyDictionary[Values, Array] = WeakKeyDictionary()
        self._swapped: WeakKeyDictionary[Values, Array] = WeakKeyDictionary()

    @property
    def signature(self) -> str:
        """Number of resamples, seed and unit, as in `Estimate.signature`."""
        unit = f"clusters:{self.n_units}" if self.clustered else "unit:item"
        return f"bs:{self.resamples}|seed:{self.seed}|{unit}"

    def weights(self) -> Iterator[Weights]:
        """How often each resample contains each item: chunks of uint8 (rows, n_items), R rows in all."""
        for chunk in self._chunks(_BOOTSTRAP):
            yield chunk[:, self.unit_of_item]

    def prepare(self, values: Sequence[Values], swaps: bool = True) -> None:
        """Compute and cache the replicates of many values at once, and their `swapped_sums` for later comparisons."""
        missing = [each for each in values if each not in self._replicates or (swaps and each not in self._swapped)]
        if not missing:
            return
        tables = [self.unit_sums(each) for each in missing]
        edges = np.cumsum([0] + [table.shape[1] for table in tables])
        stacked = np.concatenate(tables, axis=1)
        sums = self._product(_BOOTSTRAP, stacked)
        swapped = self._product(_SWAPS, stacked) if swaps else None
        for each, start, stop in zip(missing, edges[:-1], edges[1:], strict=True):
            self._replicates[each] = figures(each, sums[:, start:stop])
            if swapped is not None:
                self._swapped[each] = np.ascontiguousarray(swapped[:, start:stop])

    def replicates(self, values: Values) -> Array:
        """float64 (R,): the figure of each bootstrap resample. NaN where a resample has no scored item."""
        if values not in self._replicates:
            self._replicates[values] = figures(values, self._product(_BOOTSTRAP, self.unit_sums(values)))
        return self._replicates[values]

    def swapped_sums(self, values: Values) -> Array:
        """float64 (R, k + 1): sums over the units that each random swap exchanges, about half of them."""
        if values not in self._swapped:
            self._swapped[values] = self._product(_SWAPS, self.unit_sums(values))
        return self._swapped[values]

    def unit_sums(self, values: Values) -> Array:
        """float64 (n_units, k + 1): statistics summed over the scored items of each unit, then the number of items."""
        if len(values.statistics) != self.n_items:
            raise ValueError(f"values of {len(values.statistics)} items for a resampler of {self.n_items}")
        scored = values.scored
        table = np.column_stack([np.where(scored[:, None], values.statistics, 0.0), scored.astype(np.float64)])
        if not self.clustered:
            return table
        sums = np.zeros((self.n_units, table.shape[1]))
        np.add.at(sums, self.unit_of_item, table)
        return sums

    def _product(self, kind: int, table: Array) -> Array:
        out = np.empty((self.resamples, table.shape[1]))
        row = 0
        for chunk in self._chunks(kind):
            np.matmul(chunk.astype(np.float64), table, out=out[row : row + len(chunk)])
            row += len(chunk)
        return out

    def _chunks(self, kind: int) -> Iterator[Weights]:
        if kind in self._kept:
            yield from self._kept[kind]
            return
        keep = self.resamples * self.n_units <= _KEPT_CELLS
        chunks = []
        rows = max(1, _CHUNK_CELLS // self.n_units)
        for i, start in enumerate(range(0, self.resamples, rows)):
            generator = np.random.default_rng(np.random.SeedSequence([self.seed, kind, i]))
            chunk = _sample(generator, kind, min(rows, self.resamples - start), self.n_units)
            if keep:
                chunks.append(chunk)
            yield chunk
        if keep:
            self._kept[kind] = chunks


def figures(values: Values, sums: Array) -> Array:
    """float64 (R,): the figure of each row of sums (R, runs · k + 1), whose last column counts the items."""
    return np.asarray(run_figures(values, sums).mean(axis=1))


def run_figures(values: Values, sums: Array) -> Array:
    """float64 (R, runs): the figure of each training run of each row of sums, as in `figures`."""
    corpus, counts = AGGREGATES.find(values.aggregate).corpus, sums[:, -1]
    return np.column_stack([corpus(run, counts) for run in np.split(sums[:, :-1], values.runs, axis=1)])


def _sample(generator: np.random.Generator, kind: int, rows: int, n: int) -> Weights:
    if kind == _SWAPS:
        bits = np.frombuffer(generator.bytes(-(-rows * n // 8)), dtype=np.uint8)
        return np.unpackbits(bits, count=rows * n).reshape(rows, n)
    sampled = generator.integers(n, size=(rows, n), dtype=np.int64)
    sampled += np.arange(rows)[:, None] * n
    return np.bincount(sampled.ravel(), minlength=rows * n).astype(np.uint8).reshape(rows, n)
