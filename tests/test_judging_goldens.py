"""On comparisons that others published, our aggregation gives their figures. Source: ../shared/data/pref_evalica."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from harness.judging.agreement import krippendorff_alpha
from harness.judging.strengths import design_matrix, elo, maximum_likelihood, strengths
from harness.judging.verdicts import Verdict, VerdictArrays
from harness.judging.win_rates import win_rates
from harness.statistics import Resampler
from harness.statistics.resample import figures

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "pref_evalica"
WINNER = {"left": "first", "right": "second", "tie": "tie"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there")


def comparisons(name: str) -> list[Verdict]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Verdict(str(number), row["left"], row["right"], "first-second", WINNER[row["winner"]], "published", "")
            for number, row in enumerate(csv.DictReader(file))
        ]


def golden(name: str, algorithm: str) -> dict[str, float]:
    with (DATA / f"{name}-golden.csv").open(encoding="utf-8", newline="") as file:
        return {row["item"]: float(row["score"]) for row in csv.DictReader(file) if row["algorithm"] == algorithm}


@pytest.fixture(params=["simple", "food", "llmfao"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def arrays(name: str) -> VerdictArrays:
    verdicts = comparisons(name)
    return VerdictArrays.of(verdicts, [verdict.item for verdict in verdicts])


def test_bradley_terry_strengths_are_the_published_ones(name: str, arrays: VerdictArrays) -> None:
    """The published strengths have sum 1; ours are logarithms. A system that never won has log-strength −∞ there."""
    expected = golden(name, "bradley_terry")
    log_strengths = maximum_likelihood(design_matrix(arrays), arrays.gained, ridge=1e-6)
    found = np.exp(log_strengths - log_strengths.max())
    assert dict(zip(arrays.systems, found / found.sum(), strict=True)) == pytest.approx(expected, abs=1e-5)


def test_log_strengths_of_two_systems_are_half_the_log_odds() -> None:
    """40 prompts, 30 won: logit(0.75) = 1.0986, so ±0.549, and the standard error of the odds is √(1/30 + 1/10)."""
    verdicts = [Verdict(str(n), "a", "b", "first-second", "first" if n < 30 else "second", "j", "") for n in range(40)]
    found = strengths([VerdictArrays.of(verdicts, [v.item for v in verdicts])], Resampler(40))
    assert found["a"].value == pytest.approx(np.log(3) / 2, rel=0.02)
    assert found["b"].value == pytest.approx(-found["a"].value)
    assert found["a"].high - found["a"].low == pytest.approx(2 * 2.02 * np.sqrt(1 / 30 + 1 / 10) / 2, rel=0.1)


def test_a_system_that_never_won_has_a_finite_log_strength_and_interval() -> None:
    verdicts = [
        Verdict(str(n), *pair, "first-second", "first", "j", "") for n in range(50) for pair in (("a", "c"), ("b", "c"))
    ]
    verdicts += [Verdict(str(n), "a", "b", "first-second", "tie", "j", "") for n in range(50)]
    found = strengths([VerdictArrays.of(verdicts, [str(n) for n in range(50)], ["a", "b", "c", "d"])], Resampler(50))
    assert found["c"].value < -3 < found["a"].value
    assert np.isfinite([found["c"].low, found["c"].high]).all()
    assert np.isnan(found["d"].value), "no verdict, no strength"


def test_elo_ratings_are_the_published_ones(name: str) -> None:
    verdicts = comparisons(name)
    found = elo([v.first for v in verdicts], [v.second for v in verdicts], [v.gained for v in verdicts])
    assert found == pytest.approx(golden(name, "elo"), abs=1e-6)


def test_win_rates_over_opponents_are_the_published_ones(name: str, arrays: VerdictArrays) -> None:
    resampler = Resampler(len(arrays.items), resamples=1)
    found = {}
    for system, won in win_rates(arrays, "published").items():
        found[system] = float(figures(won, resampler.unit_sums(won).sum(axis=0, keepdims=True))[0])
    assert found == pytest.approx(golden(name, "average_win_rate"), abs=1e-6)


def test_krippendorffs_alpha_is_that_of_the_textbook() -> None:
    """codings.csv is the data of Krippendorff (2011), section E, whose nominal alpha is 0.743."""
    rows = (DATA / "codings.csv").read_text(encoding="utf-8").split()
    table = np.array([[float(cell) if cell else np.nan for cell in row.split(",")] for row in rows])
    assert krippendorff_alpha(table) == pytest.approx(0.743, abs=5e-4)
