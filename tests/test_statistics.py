"""Intervals, paired tests, Holm's correction and power: against published figures, other libraries and known truth."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks import coverage_study
from harness.statistics import Resampler, compare, estimate, holm, power
from harness.statistics.compare import sacrebleu_p
from harness.statistics.values import Values, mean_values
from valign.errors import InputError

GOLDEN = Path(__file__).parent / "golden"
WMT17 = json.loads((GOLDEN / "metrics.json").read_text(encoding="utf-8"))["wmt17_p_values"]


def values(items: Any, signature: str = "test") -> Values:
    return mean_values(np.asarray(items, dtype=np.float64).tolist(), signature)


def wmt17(name: str) -> Values:
    with np.load(GOLDEN / "wmt17_bleu_statistics.npz") as arrays:
        return Values(arrays[name].astype(np.float64), "bleu", "BLEU")


def test_wmt17_paired_tests_agree_with_moses_and_multeval() -> None:
    """Moses: mean of 3 runs of 2,000; multeval: 10,000 trials. Four standard errors of both sides are allowed."""
    resampler, baseline = Resampler(3004), wmt17("LIUM")
    for name, p in WMT17.items():
        other = wmt17(name)
        found = compare(other, baseline, resampler)

        def noise(p: float, published: int) -> float:
            return float(4 * math.sqrt(p * (1 - p) * (1 / published + 1 / 10_000)))

        assert sacrebleu_p(other, baseline, resampler) == pytest.approx(p["moses"], abs=noise(p["moses"], 6000))
        assert found.p_randomisation == pytest.approx(p["multeval"], abs=noise(p["multeval"], 10_000))
        assert found.p_bootstrap == pytest.approx(p["multeval"], abs=0.02)


def test_percentile_and_bca_agree_with_scipy_on_skewed_data() -> None:
    """scipy does not expand for few units; with 400 the difference is below the noise of 20,000 resamples."""
    items = np.random.default_rng(3).exponential(size=400) ** 1.5
    resampler = Resampler(400, resamples=20_000, seed=1)
    for ours, theirs in (("percentile", "percentile"), ("bca", "BCa")):
        found = estimate(values(items), resampler, interval=ours)
        expected = stats.bootstrap((items,), np.mean, n_resamples=20_000, method=theirs, rng=5).confidence_interval
        assert found.value == pytest.approx(items.mean(), abs=1e-12)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_bca_moves_the_way_the_skew_points() -> None:
    items = np.random.default_rng(3).exponential(size=60) ** 2
    resampler = Resampler(60)
    plain, bca = (estimate(values(items), resampler, interval=kind) for kind in ("percentile", "bca"))
    assert bca.low > plain.low
    assert bca.high > plain.high


def test_ten_items_get_the_interval_of_student_s_t() -> None:
    """The expansion: for normal data the bootstrap interval is as wide as the exact one, not 17% narrower."""
    rng = np.random.default_rng(0)
    ratios = []
    for seed in range(40):
        items = rng.normal(size=10)
        found = estimate(values(items), Resampler(10, seed=seed))
        exact = stats.t.interval(0.95, 9, items.mean(), stats.sem(items))
        ratios.append((found.high - found.low) / (exact[1] - exact[0]))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)


def test_a_bleu_interval_is_the_spread_of_bleu_over_resamples() -> None:
    """Each replicate is sacrebleu's own figure of the items that the weights name."""
    from sacrebleu.metrics.bleu import BLEU

    lium = wmt17("LIUM")
    few = Values(lium.statistics[:50], "bleu", "BLEU")
    resampler = Resampler(50, resamples=30, seed=4)
    weights = np.concatenate(list(resampler.weights()))
    assert weights.shape == (30, 50)
    assert (weights.sum(axis=1) == 50).all()
    for row, replicate in zip(weights, resampler.replicates(few), strict=True):
        sums = (row @ few.statistics).astype(int).tolist()
        score = BLEU.compute_bleu(sums[2:6], sums[6:], sums[0], sums[1], smooth_method="exp").score
        assert replicate == pytest.approx(score, abs=1e-9)


def test_resamples_are_the_same_every_time_and_leave_the_global_generator_alone() -> None:
    items = np.arange(20.0) ** 2
    np.random.seed(0)
    first, second = (estimate(values(items), Resampler(20, seed=7)) for _ in range(2))
    assert first == second
    assert first != estimate(values(items), Resampler(20, seed=8))
    assert np.random.random() == np.random.RandomState(0).random()
    sampled = Resampler(20, seed=np.random.default_rng(5))
    assert sampled.seed == Resampler(20, seed=np.random.default_rng(5)).seed
    # The first resamples do not depend on their number, so nothing else may use the same stream.
    assert (next(Resampler(20, resamples=50).weights()) == next(Resampler(20, resamples=90).weights())[:50]).all()


def test_weights_that_are_not_kept_are_sampled_again_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    items = values(np.random.default_rng(0).normal(size=70))
    kept = Resampler(70, resamples=3000)
    monkeypatch.setattr("harness.statistics.resample._CHUNK_CELLS", 10_000)
    small = [Resampler(70, resamples=3000) for _ in range(2)]
    monkeypatch.setattr("harness.statistics.resample._KEPT_CELLS", 0)
    again = [each.replicates(items).copy() for each in small]
    assert (again[0] == again[1]).all()
    assert not small[0]._kept
    assert np.std(again[0]) == pytest.approx(np.std(kept.replicates(items)), rel=0.1)


def test_preparing_many_at_once_changes_nothing() -> None:
    systems = [wmt17(name) for name in ("LIUM", "FBK")] + [values(np.arange(3004.0))]
    together, single = Resampler(3004, resamples=500), Resampler(3004, resamples=500)
    together.prepare(systems)
    for each in systems:
        assert together.replicates(each) == pytest.approx(single.replicates(each), abs=1e-9)
        assert together.swapped_sums(each) == pytest.approx(single.swapped_sums(each), abs=1e-9)


def test_clusters_are_sampled_whole() -> None:
    names = ["b", "a", "b", "c", "a", "a"]
    resampler = Resampler(6, names, resamples=200)
    for chunk in resampler.weights():
        assert (chunk[:, 0] == chunk[:, 2]).all()
        assert (chunk[:, 1] == chunk[:, 4]).all()
        assert (chunk[:, [0, 1, 3]].sum(axis=1) == 3).all()
    same = np.repeat(np.random.default_rng(0).normal(size=30), 10)
    whole = estimate(values(same), Resampler(300, [str(i // 10) for i in range(300)]))
    once = estimate(values(same[::10]), Resampler(30))
    assert (whole.low, whole.high) == pytest.approx((once.low, once.high), abs=1e-9)
    assert "clusters:30" in whole.signature
    assert "unit:item" in once.signature
    paired = compare(values(same), values(-same), Resampler(300, [str(i // 10) for i in range(300)]))
    single = compare(values(same[::10]), values(-same[::10]), Resampler(30))
    assert paired.p_randomisation == pytest.approx(single.p_randomisation, abs=1e-9)
    assert paired.p_bootstrap == pytest.approx(single.p_bootstrap, abs=1e-9)


def test_unscored_items_are_counted_and_change_no_sum() -> None:
    a, b = values([1.0, math.nan, 3.0, 5.0]), values([2.0, 9.0, math.nan, 4.0])
    resampler = Resampler(4)
    found = estimate(a, resampler)
    assert (found.value, found.n, found.n_unscored) == (3.0, 3, 1)
    difference = compare(a, b, resampler).difference
    assert (difference.value, difference.n, difference.n_unscored) == (0.0, 2, 2)
    corpus = Values(np.array([[3.0, 4.0], [math.nan, 2.0], [1.0, 4.0]]), "length_ratio", "")
    assert estimate(corpus, Resampler(3)).value == 0.5


def test_nothing_scored_and_one_unit_have_no_interval_and_no_crash() -> None:
    none = values([math.nan, math.nan])
    found = estimate(none, Resampler(2))
    assert (found.n, found.n_unscored) == (0, 2)
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    compared = compare(none, values([1.0, 2.0]), Resampler(2))
    assert math.isnan(compared.p_bootstrap)
    assert math.isnan(compared.p_randomisation)
    one = estimate(values([0.5, 0.7]), Resampler(2, ["s", "s"]))
    assert one.value == 0.6
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert math.isnan(power(none, none, Resampler(2), wanted=0.1).detectable)


def test_a_system_against_itself_has_p_1_and_against_a_far_better_one_the_least() -> None:
    a = values(np.random.default_rng(0).normal(size=200))
    resampler = Resampler(200)
    same = compare(a, a, resampler)
    assert same.difference.value == 0
    assert (same.p_bootstrap, same.p_randomisation) == (1.0, 1.0)
    twin = compare(a, values(a.statistics[:, 0]), resampler)
    assert (twin.p_bootstrap, twin.p_randomisation) == (1.0, 1.0)
    better = compare(values(a.statistics[:, 0] + 1), a, resampler, interval="bca")
    assert better.difference.value == pytest.approx(1)
    assert better.difference.low == pytest.approx(1)
    noisy = values(a.statistics[:, 0] + 1 + np.random.default_rng(1).normal(size=200))
    far = compare(noisy, a, resampler)
    assert far.p_bootstrap == pytest.approx(stats.ttest_rel(noisy.statistics, a.statistics).pvalue[0], rel=1e-6)
    assert far.p_randomisation == far.p_bootstrap, "beyond the reach of 10,000 resamples Student's t goes on"
    back = compare(a, noisy, resampler).difference
    assert (-back.value, -back.high, -back.low) == pytest.approx(
        (far.difference.value, far.difference.low, far.difference.high)
    )


def test_randomisation_of_a_mean_agrees_with_scipy_s_permutation_test() -> None:
    rng = np.random.default_rng(12)
    a, b = rng.normal(0.25, 1, size=60), rng.normal(size=60)
    expected = stats.permutation_test(
        (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", vectorized=False, n_resamples=4000, rng=1
    ).pvalue
    found = compare(values(a), values(b), Resampler(60))
    assert found.p_randomisation == pytest.approx(expected, abs=0.03)
    assert found.p_bootstrap == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.03)


def test_randomisation_of_right_and_wrong_answers_is_the_sign_test_s_mid_p() -> None:
    """10 of 60 items differ, 8 of them for a: swaps that come out as far as that count half."""
    a, b = np.ones(60), np.ones(60)
    a[:2], b[2:10] = 0, 0
    tail = stats.binom(10, 0.5)
    found = compare(values(a), values(b), Resampler(60)).p_randomisation
    assert found == pytest.approx(2 * (tail.cdf(1) + tail.pmf(2) / 2), abs=0.01)
    assert found < 2 * tail.cdf(2) - 0.02, "the whole of the ties would make it larger"


def test_values_that_are_not_comparable_are_an_error() -> None:
    with pytest.raises(InputError, match="measured differently"):
        compare(values([1, 2], "tok:13a"), values([1, 2], "tok:none"), Resampler(2))
    with pytest.raises(InputError, match="unknown interval 'bcq': did you mean 'bca'"):
        estimate(values([1, 2]), Resampler(2), interval="bcq")
    with pytest.raises(InputError, match="unknown aggregate 'bleau'"):
        estimate(Values(np.ones((2, 1)), "bleau", ""), Resampler(2))
    with pytest.raises(ValueError, match="at least one item"):
        Resampler(0)
    with pytest.raises(ValueError, match="1 clusters for 2 items"):
        Resampler(2, ["a"])
    with pytest.raises(ValueError, match="values of 1 items for a resampler of 2"):
        estimate(values([1]), Resampler(2))


def test_holm_gives_the_figures_of_r_s_p_adjust() -> None:
    """p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") in R: 0.03 0.06 0.06 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    adjusted = holm([0.02, math.nan, 0.01])
    assert adjusted[0] == 0.02
    assert math.isnan(adjusted[1])
    assert adjusted[2] == 0.02


def test_power_of_a_mean_is_that_of_the_paired_t_test() -> None:
    """The exact power, by the noncentral t, of the difference said to be detectable is 80%."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=40), rng.normal(size=40)
    found = power(values(a), values(b), Resampler(40), wanted=0.2)
    assert found.standard_error == pytest.approx(stats.sem(a - b), rel=1e-9)
    noncentral = stats.nct(39, found.detectable / found.standard_error)
    assert noncentral.sf(stats.t.ppf(0.975, 39)) == pytest.approx(0.8, abs=0.005)
    assert found.items_needed is not None
    error = found.standard_error * math.sqrt(40 / found.items_needed)
    reached = stats.nct(found.items_needed - 1, 0.2 / error).sf(stats.t.ppf(0.975, found.items_needed - 1))
    assert reached == pytest.approx(0.8, abs=0.005)


def test_power_counts_clusters_and_holds_for_bleu() -> None:
    same_a, same_b = (np.repeat(np.random.default_rng(seed).normal(size=30), 10) for seed in (0, 1))
    names = [str(i // 10) for i in range(300)]
    whole = power(values(same_a), values(same_b), Resampler(300, names), wanted=0.3)
    once = power(values(same_a[::10]), values(same_b[::10]), Resampler(30), wanted=0.3)
    assert whole.units == 30
    assert whole.detectable == pytest.approx(once.detectable)
    assert whole.items_needed == 10 * (once.items_needed or 0)
    lium, kit = wmt17("LIUM"), wmt17("KIT")
    resampler = Resampler(3004)
    found = power(lium, kit, resampler)
    spread = np.std(resampler.replicates(lium) - resampler.replicates(kit))
    assert found.standard_error == pytest.approx(spread, rel=0.03)
    assert found.items_needed is None


@pytest.mark.slow
@pytest.mark.parametrize("aggregate", ["mean", "bleu"])
def test_intervals_hold_the_truth_and_tests_keep_their_level(aggregate: str) -> None:
    """A cut-down coverage study; with 400 repetitions a share is known to about 2 points, with 200 to 3."""
    single = (one for one in coverage_study.SCENARIOS if one.runs == (1, 1) and not one.resampled_as_items)
    for scenario in (one for one in single if one.aggregate == aggregate):
        shares = coverage_study.run(
            scenario, repetitions=200 if scenario.aggregate == "bleu" else 400, resamples=1000, seed=1
        )
        for kind in ("percentile", "bca"):
            assert 0.90 <= shares[kind] <= 0.99, (scenario.name, kind, shares)
        for test in ("p_bootstrap", "p_randomisation"):
            assert 0.01 <= shares[test] <= 0.09, (scenario.name, test, shares)


def test_counting_clustered_items_as_independent_fails() -> None:
    ignored = next(scenario for scenario in coverage_study.SCENARIOS if scenario.resampled_as_items)
    assert coverage_study.run(ignored, repetitions=100, resamples=500, seed=1)["percentile"] < 0.8


def test_sacrebleu_s_p_rejects_a_true_null_twice_as_often_as_it_says() -> None:
    """Why `compare` does not print it."""
    shares = coverage_study.run(coverage_study.SCENARIOS[0], repetitions=400, resamples=500, seed=2)
    assert shares["sacrebleu"] > 0.075
