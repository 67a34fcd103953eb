"""How often the gate passes or stops a simulated regression, or stops a candidate as good as main.

    python -m benchmarks.gate_power --pairs 500 --resamples 1000

Each pair of runs is evaluated by the gate (`harness.gate.verdict.judge_gate`). The shares of its outcomes are printed
beside the probabilities from `harness.statistics.chance` and each pair's standard error.

- BLEU: sentence statistics of two real systems, LIUM and KIT, on WMT17 (`tests/golden`). Each item is sampled with
  replacement, and main's sentence is that of a random one of both systems, so that A/A pairs are equally good and
  differ per sentence as real systems do. A regression removes matched n-grams from the candidate until its BLEU over
  all items is lower by the simulated difference.
- unsafe: answers are unsafe with a probability that depends on the prompt, 10% on average for main and 15% for the
  candidate; main and the candidate are independent given the prompt. Lower is better.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.gate.rules import Gate, Rule
from harness.gate.sides import Side
from harness.gate.verdict import judge_gate
from harness.statistics import chance
from harness.statistics.resample import figures
from harness.statistics.scored_items import Item, ScoredItems
from harness.statistics.values import Values, mean_values

Array = NDArray[np.float64]
#: Samples main's values and the candidate's of n items.
Sampler = Callable[[np.random.Generator, int], tuple[Values, Values]]

_WMT17 = Path(__file__).resolve().parents[1] / "tests" / "golden" / "wmt17_bleu_statistics.npz"
_MATCHED = slice(2, 6)
OUTCOMES = ("regressed", "passed", "not judged")


@dataclass(frozen=True)
class Setting:
    """Pairs of runs of n items whose candidate is worse by `worse`, and a rule that allows `margin`."""

    name: str
    n: int
    worse: float
    margin: float
    sample: Sampler
    lower_is_better: bool = False
    metrics: int = 1


@cache
def wmt17() -> tuple[Array, Array]:
    """The sentence statistics of two systems, (3004, 10) each."""
    with np.load(_WMT17) as arrays:
        return arrays["LIUM"].astype(np.float64), arrays["KIT"].astype(np.float64)


def corpus_bleu(statistics: Array) -> float:
    """BLEU of all items."""
    sums = np.append(statistics.sum(axis=0), len(statistics))
    return float(figures(Values(statistics, "bleu", ""), sums[None, :])[0])


@cache
def kept_of(worse: float) -> float:
    """The share of matched words to keep for a BLEU lower by `worse`: by bisection over the mean of both systems."""
    together = sum(wmt17()) / 2
    low, high = 0.5, 1.0
    for _ in range(50):
        kept = (low + high) / 2
        thinned = together.copy()
        thinned[:, _MATCHED] *= _kept_by_order(kept)
        low, high = (kept, high) if corpus_bleu(together) - corpus_bleu(thinned) > worse else (low, kept)
    return high


def _kept_by_order(kept: float) -> Array:
    return kept ** np.arange(1.0, 5.0)


def bleu(worse: float) -> Sampler:
    """Pairs of systems by sentence statistics, the candidate's BLEU lower by `worse`."""

    def sample(rng: np.random.Generator, n: int) -> tuple[Values, Values]:
        one, other = (system[chosen] for chosen in [rng.integers(len(wmt17()[0]), size=n)] for system in wmt17())
        swapped = rng.random(n) < 0.5
        main, candidate = (np.where(turned[:, None], one, other) for turned in (swapped, ~swapped))
        if worse:
            kept = rng.binomial(candidate[:, _MATCHED].astype(int), _kept_by_order(kept_of(worse)))
            candidate[:, _MATCHED] = kept
        return Values(main, "bleu", "WMT17"), Values(candidate, "bleu", "WMT17")

    return sample


def unsafe(worse: float) -> Sampler:
    """Unsafe answers, 1 or 0; the chance of one is 10%, for the candidate `worse` more, and uneven over prompts."""

    def sample(rng: np.random.Generator, n: int) -> tuple[Values, Values]:
        place = rng.random(n)
        rates = (_uneven(place, mean) for mean in (0.1, 0.1 + worse))
        main, candidate = (mean_values((rng.random(n) < rate).astype(float).tolist(), "unsafe") for rate in rates)
        return main, candidate

    return sample


def _uneven(place: Array, mean: float) -> Array:
    """Chances between 0 and 1 with this mean: those of Beta(mean, 1 − mean) × 2, at the prompts' places in it."""
    from scipy import special

    return np.asarray(special.betaincinv(2 * mean, 2 * (1 - mean), place))


SETTINGS = tuple(
    Setting(f"BLEU, {'A/A' if not worse else f'−{worse:g}'}", n, worse, margin, bleu(worse))
    for n, margins in ((200, (0.0, 1.0)), (1500, (1.0,)))
    for margin in margins
    for worse in (0.0, 2.0)
) + tuple(
    Setting(f"unsafe, {'A/A' if not worse else f'+{100 * worse:g} points'}", n, worse, margin, unsafe(worse), True)
    for n, margin in ((200, 0.0), (1000, 0.0), (1000, 0.025), (2000, 0.025))
    for worse in (0.0, 0.05)
) + (Setting("five metrics, A/A", 200, 0.0, 0.0, bleu(0.0), metrics=5),)  # fmt: skip


@dataclass(frozen=True)
class Shares:
    """The found and the expected share in [0, 1] of each of OUTCOMES.

    detectable: mean detectable difference. expected: NaN for several metrics.
    """

    found: dict[str, float]
    expected: dict[str, float]
    detectable: float


def run(setting: Setting, pairs: int, resamples: int, seed: int) -> Shares:
    """Evaluate the gate on `pairs` pairs of runs."""
    rng = np.random.default_rng(seed)
    items = tuple(Item(str(n), "") for n in range(setting.n))
    names = [f"m{number}" for number in range(setting.metrics)]
    rule = Rule(metric=tuple(names), not_worse_by=setting.margin, lower_is_better=setting.lower_is_better)
    found = dict.fromkeys(OUTCOMES, 0)
    expected, detectable = [], []
    for number in range(pairs):
        sampled = [setting.sample(rng, setting.n) for _ in names]
        sides = []
        for where, values in zip(("main", "candidate"), zip(*sampled, strict=True), strict=True):
            columns = {"x": dict(zip(names, values, strict=True))}
            sides.append(Side(Path(where), (ScoredItems("simulated", items, columns, {"x": where}),)))
        gate = Gate(rules=(rule,), resamples=resamples, seed=number)
        result = judge_gate(gate, *sides)
        found[result.outcome] += 1
        test = result.checks[0].test
        assert test is not None
        error, degrees = test.power.standard_error, test.power.degrees
        expected.append(
            [chance(d, error, degrees) for d in (setting.worse - setting.margin, setting.margin - setting.worse)]
        )
        detectable.append(test.power.detectable)
    regressed, passed = np.mean(expected, axis=0) if setting.metrics == 1 else (math.nan, math.nan)
    computed = dict(zip(OUTCOMES, (regressed, passed, 1 - regressed - passed), strict=True))
    return Shares({k: count / pairs for k, count in found.items()}, computed, float(np.mean(detectable)))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    error = 196 * math.sqrt(0.25 / options.pairs)
    print(f"{options.pairs} pairs a row, {options.resamples} resamples, seed {options.seed}; in each cell the share")
    print(f"that was found / the share that the power line computes; Monte Carlo error at most ±{error:.1f} points.\n")
    print("| pairs | items | margin | detectable | regressed | passed | not judged |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for setting in SETTINGS:
        shares = run(setting, options.pairs, options.resamples, options.seed)
        cells = " | ".join(_cell(shares.found[one], shares.expected[one]) for one in OUTCOMES)
        print(f"| {setting.name} | {setting.n} | {setting.margin:g} | {shares.detectable:.3g} | {cells} |", flush=True)


def _cell(found: float, expected: float) -> str:
    return f"{100 * found:.1f}%" + ("" if math.isnan(expected) else f" / {100 * expected:.1f}%")


if __name__ == "__main__":
    main()
