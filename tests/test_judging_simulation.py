"""On simulated judges the audit finds what was planted: a cut-down of benchmarks/judge_simulation.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SETS = 60


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "judge_simulation.py"
    spec = importlib.util.spec_from_file_location("judge_simulation", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["judge_simulation"] = module
    spec.loader.exec_module(module)
    return module


def test_what_was_planted_is_found_within_the_interval(simulation: ModuleType) -> None:
    """Of 60 sets 95% intervals miss the truth 3 times; 10 misses or more have a chance under 0.001."""
    judge = simulation.Judge(position=0.3, length=0.8, ties=0.1, unparsed=0.1)
    found = simulation.study(judge, SETS, np.random.default_rng(7), resamples=400)
    assert found["position"][0] == pytest.approx(0.3 + 0.7 / 2, abs=0.01), "planted"
    assert found["unparsed"][0] == pytest.approx(0.1, abs=0.01)
    assert found["length effect"][0] > 0.3
    for figure, (true, mean, coverage) in found.items():
        assert mean == pytest.approx(true, abs=0.03), figure
        assert coverage > 1 - 10 / SETS, figure


def test_the_win_rate_over_both_orders_does_not_lean_with_the_position(simulation: ModuleType) -> None:
    both, error, one = simulation.win_rate_of_equals(0.5, SETS, np.random.default_rng(7))
    assert abs(both - 0.5) < 4 * error
    assert one > 0.7, "one order alone does"
