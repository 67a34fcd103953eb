"""Simulated judges with known biases: does the audit recover them, and what is the coverage of its intervals?

    python benchmarks/judge_simulation.py [--sets 600] [--judge everything]

Each set is a round robin of four systems on 200 prompts in 25 sections, both orders. An answer has a quality (with
system, section and prompt effects) and a length. The verdict is unparsed with probability `unparsed`, the answer shown
first with probability `position`, a random answer with probability `noise`, a tie with probability `ties`; else the
first wins with log-odds of the difference in quality plus `length` times tanh(difference in length / its sd). The true
figures are those of one set of 10,000 sections.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.judging.audit import agreement_of_orders, longer_wins, position, ratio
from harness.judging.length import fit_length
from harness.judging.strengths import strengths
from harness.judging.verdicts import VerdictArrays
from harness.judging.win_rates import win_rates
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.values import Values

Array = NDArray[np.float64]
QUALITY = (0.9, 0.3, 0.0, -0.6)
PER_SECTION, SECTION_SD, PROMPT_SD = 8, 0.4, 0.6


@dataclass(frozen=True)
class Judge:
    """A judge's biases, as probabilities; `length` is a coefficient."""

    position: float = 0.0
    length: float = 0.0
    noise: float = 0.0
    ties: float = 0.0
    unparsed: float = 0.0


JUDGES = {
    "sound": Judge(),
    "position": Judge(position=0.3),
    "length": Judge(length=1.0),
    "noise and ties": Judge(noise=0.25, ties=0.2),
    "everything": Judge(position=0.2, length=0.6, noise=0.15, ties=0.1, unparsed=0.1),
}


def judged(
    judge: Judge, sections: int, rng: np.random.Generator, quality: tuple[float, ...] = QUALITY
) -> tuple[VerdictArrays, Array]:
    """The verdicts on a round robin, and the answers' lengths (systems, items)."""
    n, k = sections * PER_SECTION, len(quality)
    qualities = np.array(quality)[:, None] + rng.normal(0, PROMPT_SD, (k, n))
    qualities += np.repeat(rng.normal(0, SECTION_SD, (k, sections)), PER_SECTION, axis=1)
    lengths = np.round(np.exp(rng.normal(6, 0.5, (k, n)) + 0.1 * np.arange(k)[:, None]))
    pairs = list(combinations(range(k), 2))
    first, second = (np.repeat([pair[side] for pair in pairs], 2 * n) for side in (0, 1))
    item, swapped = np.tile(np.arange(n), 2 * len(pairs)), np.tile(np.repeat([False, True], n), len(pairs))
    longer_by = lengths[first, item] - lengths[second, item]
    odds = qualities[first, item] - qualities[second, item] + judge.length * np.tanh(longer_by / longer_by.std())
    gained = (rng.random(len(item)) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    tie = rng.random(len(item)) < judge.ties
    gained[tie] = 0.5
    for chance, outcome in ((judge.noise, rng.random(len(item)) < 0.5), (judge.position, ~swapped)):
        affected = rng.random(len(item)) < chance
        gained[affected], tie[affected] = outcome[affected], False
    unparsed = rng.random(len(item)) < judge.unparsed
    gained[unparsed], tie[unparsed] = np.nan, False
    names = tuple("abcdefg"[:k])
    arrays = VerdictArrays(names, tuple(map(str, range(n))), item, first, second, swapped, gained, tie)
    return arrays, lengths


def figures(verdicts: VerdictArrays, lengths: Array, resampler: Resampler) -> dict[str, Estimate]:
    """The figures of the audit and of the tables."""
    n = len(verdicts.items)
    wins = win_rates(verdicts, "simulated")
    values: dict[str, Values | None] = {
        "orders agree": agreement_of_orders(verdicts),
        "position": position(verdicts),
        "ties": ratio(verdicts.tie.astype(float), verdicts.item, verdicts.parsed, n, "ties"),
        "unparsed": ratio((~verdicts.parsed).astype(float), verdicts.item, np.ones(len(verdicts.item), bool), n, "un"),
        "longer wins": longer_wins(verdicts, lengths),
        "win rate of a": wins["a"],
        "win rate of d": wins["d"],
    }
    resampler.prepare([each for each in values.values() if each is not None])
    found = {name: estimate(each, resampler) for name, each in values.items() if each is not None}
    model = fit_length([verdicts], [lengths], resampler)
    assert model is not None
    found["length effect"] = model.effect()
    found["win rate of a at equal length"] = model.win_rates()["a"]
    found["log-strength of a"] = strengths([verdicts], resampler)["a"]
    return found


def true_figures(judge: Judge, rng: np.random.Generator, sections: int = 10_000) -> dict[str, float]:
    """The figures of a very large set, without intervals."""
    verdicts, lengths = judged(judge, sections, rng)
    return {
        name: one.value for name, one in figures(verdicts, lengths, Resampler(len(verdicts.items), resamples=1)).items()
    }


def study(judge: Judge, sets: int, rng: np.random.Generator, resamples: int = 1000) -> dict[str, tuple[float, ...]]:
    """Figure -> (true value, mean of the estimates, share of intervals that cover the true value)."""
    true = true_figures(judge, rng)
    sections = 25
    clusters = [str(item // PER_SECTION) for item in range(sections * PER_SECTION)]
    resampler = Resampler(len(clusters), clusters, resamples)
    found: dict[str, list[Estimate]] = {name: [] for name in true}
    for _ in range(sets):
        for name, one in figures(*judged(judge, sections, rng), resampler).items():
            found[name].append(one)
    return {
        name: (
            true[name],
            float(np.mean([one.value for one in ones])),
            float(np.mean([one.low <= true[name] <= one.high for one in ones])),
        )
        for name, ones in found.items()
    }


def win_rate_of_equals(bias: float, sets: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Two equal systems and a judge with only a position bias: the first system's mean win rate by both orders, its
    standard error, and its mean win rate by the first order only."""
    both, one = [], []
    for _ in range(sets):
        verdicts, _ = judged(Judge(position=bias), 25, rng, (0.0, 0.0))
        both.append(verdicts.gained.mean())
        one.append(verdicts.gained[~verdicts.swapped].mean())
    return float(np.mean(both)), float(np.std(both) / np.sqrt(sets)), float(np.mean(one))


def main(say: Callable[[str], None] = print) -> None:
    """Run the study and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=600)
    parser.add_argument("--judge", choices=sorted(JUDGES), help="only this judge")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    sets = chosen.sets
    started = time.perf_counter()
    for number, (name, judge) in enumerate(JUDGES.items(), chosen.seed):
        if chosen.judge not in (None, name):
            continue
        say(f"\n{name}: {judge}")
        say(f"{'figure':32s} {'true':>7s} {'found':>7s} {'coverage':>8s}")
        for figure, (true, mean, coverage) in study(judge, sets, np.random.default_rng(number)).items():
            say(f"{figure:32s} {true:7.3f} {mean:7.3f} {coverage:8.1%}")
    say("\ntwo equal systems, position bias only: win rate by both orders, by one")
    for bias in (0.0, 0.2, 0.5, 1.0):
        both, error, one = win_rate_of_equals(bias, sets, np.random.default_rng(99))
        say(f"bias {bias:.1f}: {both:.4f} ± {error:.4f}, {one:.4f}")
    say(f"{sets} sets a judge, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
