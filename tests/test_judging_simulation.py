"""The audit recovers the biases of simulated judges: a short version of benchmarks/judge_simulation.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import judge_simulation

SETS = 60


def test_simulated_biases_are_found_within_the_interval() -> None:
    """Of 60 sets 95% intervals miss the truth 3 times; 10 misses or more have a chance under 0.001."""
    judge = judge_simulation.Judge(position=0.3, length=0.8, ties=0.1, unparsed=0.1)
    found = judge_simulation.study(judge, SETS, np.random.default_rng(7), resamples=400)
    assert found["position"][0] == pytest.approx(0.3 + 0.7 / 2, abs=0.01), "by construction"
    assert found["unparsed"][0] == pytest.approx(0.1, abs=0.01)
    assert found["length effect"][0] > 0.3
    for figure, (true, mean, coverage) in found.items():
        assert mean == pytest.approx(true, abs=0.03), figure
        assert coverage > 1 - 10 / SETS, figure


def test_the_win_rate_over_both_orders_has_no_position_bias() -> None:
    both, error, one = judge_simulation.win_rate_of_equals(0.5, SETS, np.random.default_rng(7))
    assert abs(both - 0.5) < 4 * error
    assert one > 0.7, "one order has"
