"""Ranks with confidence sets: coverage on simulated data, agreement with the authors' package, and the edges."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rank_coverage import SCENARIOS, Scenario, study
from harness.statistics import Resampler, compare
from harness.statistics.ranks import PairDifference, RankSet, rank_sets, rank_values
from harness.statistics.values import Values, mean_values

GOLDEN = json.loads((Path(__file__).parent / "golden" / "ranks.json").read_text(encoding="utf-8"))


def differences(values: np.ndarray, replicates: np.ndarray, units: int) -> list[PairDifference]:
    """values: (systems,); replicates: (R, systems)."""
    return [
        PairDifference.of(values[i] - values[j], replicates[:, i] - replicates[:, j], units)
        for i, j in combinations(range(len(values)), 2)
    ]


def columns(table: np.ndarray) -> list[Values]:
    """table: (items, systems)."""
    return [mean_values(column.tolist(), "test") for column in table.T]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_the_sets_are_those_of_the_authors_package(case: dict) -> None:
    """csranks with 50,000 draws; the file names version and command."""
    values, covariance = np.array(case["x"]), np.array(case["covariance"])
    draws = np.random.default_rng(0).multivariate_normal(values, covariance, 50_000)
    found = rank_sets(len(values), differences(values, draws, 10**9), case["confidence"])
    assert [one.rank for one in found] == case["rank"]
    assert [one.low for one in found] == case["low"]
    assert [one.high for one in found] == case["high"]


@pytest.mark.parametrize("scenario", SCENARIOS[:4], ids=lambda one: one.name)
def test_all_true_ranks_are_covered_together_in_95_percent(scenario: Scenario) -> None:
    """docs/leaderboard.md has all scenarios with more repetitions."""
    covered, uncorrected, _ = study(scenario, repetitions=100, resamples=300, seed=7)
    assert covered >= 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / 100)
    assert uncorrected < covered - 0.05, "what the family-wise correction is for"


def test_a_clear_order_is_a_rank_each_and_equal_systems_share_theirs() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=(200, 1))
    table = np.hstack([base + 1, base, base, base - 1]) + 0.1 * rng.normal(size=(200, 4))
    table[:, 2] = table[:, 1]
    assert rank_values(columns(table), Resampler(200, None, 1000)) == (
        RankSet(1, 1, 1), RankSet(2, 2, 3), RankSet(2, 2, 3), RankSet(4, 4, 4),
    )  # fmt: skip


def test_two_systems_are_ranked_apart_where_their_paired_interval_excludes_0() -> None:
    agree = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = columns(rng.normal(size=(25, 2)) + np.array([0.55, 0.0]))
        resampler = Resampler(25, None, 4000)
        apart = rank_values([a, b], resampler)[0] == RankSet(1, 1, 1)
        agree.append(apart == (compare(a, b, resampler).difference.low > 0))
    assert np.mean(agree) > 0.95


def test_the_rank_by_the_figures_is_always_in_the_set_though_items_are_unscored() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        table = rng.normal(size=(30, 5)) + np.arange(5) * 0.3
        table[rng.random(table.shape) < 0.2] = np.nan
        for one in rank_values(columns(table), Resampler(30, None, 200)):
            assert 1 <= one.low <= one.rank <= one.high <= 5


def test_systems_without_a_shared_item_are_not_ranked_apart() -> None:
    table = np.full((20, 2), np.nan)
    table[:10, 0], table[10:, 1] = 1.0, 0.0
    assert rank_values(columns(table), Resampler(20, None, 100)) == (RankSet(1, 1, 2), RankSet(1, 1, 2))


def test_a_difference_without_spread_is_shown_and_one_of_rounding_is_not() -> None:
    flat = np.zeros(100)
    assert rank_sets(2, [PairDifference.of(1.0, flat + 1.0, 30)]) == (RankSet(1, 1, 1), RankSet(2, 2, 2))
    assert rank_sets(2, [PairDifference.of(1e-15, flat + 1e-15, 30)]) == (RankSet(1, 1, 2), RankSet(1, 1, 2))


def test_one_system_has_rank_1_and_a_missing_pair_is_named() -> None:
    assert rank_values(columns(np.ones((20, 1))), Resampler(20, None, 100)) == (RankSet(1, 1, 1),)
    with pytest.raises(ValueError, match="0 differences for 1 pairs of 2 systems"):
        rank_sets(2, [])
