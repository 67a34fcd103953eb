"""On comparisons that others published, our aggregation gives their figures. Source: ../shared/data/pref_evalica."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from harness.judging.agreement import krippendorff_alpha
from harness.judging.strengths import bradley_terry, elo, fit_many, points_matrix
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
    total = points_matrix(arrays).sum(axis=0)
    expected = golden(name, "bradley_terry")
    assert len(expected) == len(arrays.systems)
    for strengths in (bradley_terry(total), fit_many(total[None])[0]):
        found = dict(zip(arrays.systems, strengths, strict=True))
        assert found == pytest.approx(expected, abs=1e-6)


def test_strengths_of_resamples_are_evalicas_for_every_shape_of_tournament() -> None:
    """Two systems, all against one, and a round robin with a system that never won."""
    two = np.array([[0.0, 3.0], [1.0, 0.0]])
    star = np.array([[0.0, 5.0, 2.0, 7.5], [3.0, 0.0, 0.0, 0.0], [6.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0]])
    loser = np.array([[0.0, 4.0, 9.0], [5.0, 0.0, 8.0], [0.0, 0.0, 0.0]])
    for points in (two, star, loser):
        np.testing.assert_allclose(fit_many(points[None])[0], bradley_terry(points), atol=1e-6)
    np.testing.assert_allclose(fit_many(two[None])[0], [0.75, 0.25], atol=1e-9)


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
