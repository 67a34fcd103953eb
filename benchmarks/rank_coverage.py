"""Coverage of the rank sets: how often they contain the true ranks of all systems together.

    python -m benchmarks.rank_coverage --repetitions 1000

Simulates items of unequal difficulty, answered by systems of known quality, some of them equally good, and prints a
Markdown table. Target: at least 95% less Monte Carlo error in every row. "uncorrected" is the share that sets made
from the 95% intervals of single pairs would cover; "width" is the mean number of ranks in a set, "possible" what a
method that knows the truth would give: 1, but for systems that are equally good.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.statistics import Resampler, compare
from harness.statistics.ranks import RankSet, rank_values
from harness.statistics.values import Values, mean_values

Array = NDArray[np.float64]
#: float64 (n, systems) of item values from a generator, the number of items and the systems' true qualities.
Sampler = Callable[[np.random.Generator, int, Array], Array]

_STEPS = (0.0, 0.0, 0.1, 0.25, 0.25, 0.5)


def normal(rng: np.random.Generator, n: int, true: Array) -> Array:
    """An item is hard or easy for all systems alike, and each has its own noise."""
    return np.asarray(true + 0.7 * rng.normal(size=(n, 1)) + rng.normal(size=(n, len(true))))


def right_or_wrong(rng: np.random.Generator, n: int, true: Array) -> Array:
    """0 or 1: whether a normal value exceeds a threshold."""
    return (normal(rng, n, true) > 0.8).astype(np.float64)


def skewed(rng: np.random.Generator, n: int, true: Array) -> Array:
    """Exponential noise of mean 0 and skewness 2 on each system."""
    return np.asarray(true + 0.7 * rng.normal(size=(n, 1)) + rng.exponential(size=(n, len(true))) - 1)


def nearly_the_same(rng: np.random.Generator, n: int, true: Array) -> Array:
    """Systems that give the same answer to nine items of ten, as after two trainings that differ little."""
    shared, own = normal(rng, n, np.zeros(1)), normal(rng, n, 10 * true)
    return np.where(rng.random(size=own.shape) < 0.1, own, shared)


@dataclass(frozen=True)
class Scenario:
    """Data of known truth. clusters: number of sections that share a deviation of their own, 0 for none."""

    name: str
    n: int
    true: tuple[float, ...]
    sample: Sampler = normal
    clusters: int = 0

    def draw(self, rng: np.random.Generator, resamples: int) -> tuple[list[Values], Resampler]:
        """The values of all systems, and a resampler."""
        table = self.sample(rng, self.n, np.array(self.true))
        names = None
        if self.clusters:
            at = np.arange(self.n) % self.clusters
            table = table + 0.5 * rng.normal(size=(self.clusters, len(self.true)))[at]
            names = [str(one) for one in at]
        return [mean_values(column.tolist(), self.name) for column in table.T], Resampler(self.n, names, resamples, rng)

    def contains_truth(self, found: tuple[RankSet, ...]) -> bool:
        """Whether every set contains every rank of its system, that of all its equals included."""
        true = np.array(self.true)
        best, worst = 1 + (true[:, None] > true).sum(axis=0), len(true) - (true[:, None] < true).sum(axis=0)
        return all(one.low <= b and w <= one.high for one, b, w in zip(found, best, worst, strict=True))

    @property
    def possible(self) -> float:
        """The mean number of ranks that equally good systems share."""
        return float(np.mean([self.true.count(one) for one in self.true]))


SCENARIOS = (
    Scenario("ties and steps", 150, _STEPS),
    Scenario("all equal", 100, (0.0,) * 6),
    Scenario("eleven systems, 30 sections", 200, (0.0, 0.0, 0.0, 0.2, 0.2, 0.3, 0.3, 0.3, 0.5, 0.5, 0.8), clusters=30),
    Scenario("all equal, 12 sections", 60, (0.0,) * 4, clusters=12),
    Scenario("right or wrong", 150, _STEPS, right_or_wrong),
    Scenario("skewed", 100, _STEPS, skewed),
    Scenario("nearly the same", 200, _STEPS, nearly_the_same),
    Scenario("two systems", 60, (0.0, 0.3)),
)


def without_correction(values: list[Values], resampler: Resampler) -> tuple[RankSet, ...]:
    """Sets from single pairs, each at 95%."""
    p = len(values)
    low, high = [1] * p, [p] * p
    for i, j in combinations(range(p), 2):
        difference = compare(values[i], values[j], resampler).difference
        if difference.low > 0 or difference.high < 0:
            better, worse = (i, j) if difference.low > 0 else (j, i)
            low[worse] += 1
            high[better] -= 1
    return tuple(RankSet(a, a, b) for a, b in zip(low, high, strict=True))


def study(scenario: Scenario, repetitions: int, resamples: int, seed: int) -> tuple[float, float, float]:
    """Coverage of our sets, coverage without correction, mean number of ranks in one of our sets."""
    rng = np.random.default_rng(seed)
    ours, single, widths = 0, 0, 0.0
    for _ in range(repetitions):
        values, resampler = scenario.draw(rng, resamples)
        found = rank_values(values, resampler)
        ours += scenario.contains_truth(found)
        single += scenario.contains_truth(without_correction(values, resampler))
        widths += float(np.mean([one.high - one.low + 1 for one in found]))
    return ours / repetitions, single / repetitions, widths / repetitions


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    error = 100 * 1.96 * math.sqrt(0.95 * 0.05 / options.repetitions)
    size = f"{options.repetitions:,} repetitions, {options.resamples:,} resamples"
    print(f"{size}; Monte Carlo error ±{error:.1f} points.\n")
    print("| data | systems | items | covered | uncorrected | width | possible |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in SCENARIOS:
        ours, single, width = study(one, options.repetitions, options.resamples, options.seed)
        cells = (one.name, len(one.true), one.n, f"{ours:.1%}", f"{single:.1%}", f"{width:.1f}", f"{one.possible:.1f}")
        print("|", " | ".join(map(str, cells)), "|", flush=True)


if __name__ == "__main__":
    main()
