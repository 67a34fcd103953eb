"""The interval of a mean over training seeds holds both sources of variance: the items and the trainings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks import coverage_study
from harness.recipe.recipe import parse_recipe
from harness.run.plan import make_plan
from harness.statistics import Resampler, Spread, compare, estimate, power, power_of
from harness.statistics.compare import difference
from harness.statistics.margin import margin_test
from harness.statistics.values import Values, mean_values, stacked
from valign.errors import InputError


def runs_of(table: np.ndarray) -> Values:
    """Values of several training runs. table: (runs, items)."""
    return stacked([mean_values(run.tolist(), "test") for run in table])


def test_the_variance_is_that_of_the_two_way_random_effects_analysis() -> None:
    """Var = (MS items + MS runs − MS interaction) / (items · runs), from the mean squares of the textbook."""
    rng = np.random.default_rng(0)
    runs, items = 4, 30
    table = rng.normal(size=(1, items)) + rng.normal(size=(runs, 1)) + 0.5 * rng.normal(size=(runs, items))
    grand, by_run, by_item = table.mean(), table.mean(axis=1), table.mean(axis=0)
    of_runs = items * ((by_run - grand) ** 2).sum() / (runs - 1)
    of_items = runs * ((by_item - grand) ** 2).sum() / (items - 1)
    left = ((table - by_run[:, None] - by_item + grand) ** 2).sum() / ((runs - 1) * (items - 1))
    spread = difference(runs_of(table), runs_of(0 * table), Resampler(items, None, 10), 0.95, "percentile").spread
    assert spread.variance == pytest.approx((of_runs + of_items - left) / (items * runs))
    assert runs - 1 < spread.degrees < items - 1


def test_runs_whose_items_are_all_alike_get_student_s_interval_of_their_figures() -> None:
    figures = np.array([0.40, 0.46, 0.43])
    found = estimate(runs_of(np.repeat(figures[:, None], 20, axis=1)), Resampler(20))
    expected = stats.t.interval(0.95, 2, figures.mean(), stats.sem(figures))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.runs == 3


def test_runs_that_are_one_and_the_same_get_the_interval_of_the_items() -> None:
    """Equal runs: nothing comes from the trainings, and the degrees of freedom are those of the items."""
    items = np.random.default_rng(1).normal(size=50)
    one, three = (estimate(runs_of(np.tile(items, (n, 1))), Resampler(50)) for n in (1, 3))
    assert (three.low, three.high) == pytest.approx((one.low, one.high))
    assert one.runs == 1


def test_a_corpus_metric_s_row_is_the_mean_of_its_seeds_figures() -> None:
    """Not the BLEU of all seeds' answers together."""
    with np.load(Path(__file__).parent / "golden" / "wmt17_bleu_statistics.npz") as arrays:
        seeds = [Values(arrays[name].astype(float)[:200], "bleu", "BLEU") for name in ("LIUM", "KIT", "FBK")]
    resampler = Resampler(200, resamples=200)
    single = [estimate(one, resampler).value for one in seeds]
    together = stacked(seeds)
    assert estimate(together, resampler).value == pytest.approx(np.mean(single), abs=1e-12)
    assert estimate(together.run(1), resampler).value == single[1]


TABLES = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).normal(size=(2, 3, 12)))


@settings(max_examples=25, deadline=None)
@given(TABLES, st.permutations(range(3)), st.floats(-3, 3))
def test_the_order_of_the_seeds_and_the_level_of_all_do_not_matter(
    tables: np.ndarray, order: Any, level: float
) -> None:
    resampler = Resampler(12, resamples=100)
    a, b = tables
    found = compare(runs_of(a), runs_of(b), resampler)
    turned = compare(runs_of(a[list(order)] + level), runs_of(b[list(order)] + level), resampler)
    back = compare(runs_of(b), runs_of(a), resampler)
    for one, sign in ((turned, 1), (back, -1)):
        assert sign * one.difference.value == pytest.approx(found.difference.value, abs=1e-9)
        assert one.difference.high - one.difference.low == pytest.approx(
            found.difference.high - found.difference.low, rel=1e-6
        )
        assert one.p_bootstrap == pytest.approx(found.p_bootstrap, rel=1e-6)


def test_a_single_run_is_compared_with_each_run_of_the_other_and_other_numbers_with_none() -> None:
    rng = np.random.default_rng(3)
    three, one = rng.normal(size=(3, 40)), rng.normal(size=(1, 40))
    resampler = Resampler(40)
    found = compare(runs_of(three), runs_of(one), resampler)
    wide = compare(runs_of(three), runs_of(np.tile(one, (3, 1))), resampler)
    assert found.difference.value == pytest.approx(wide.difference.value)
    assert (found.p_bootstrap, found.p_randomisation) == pytest.approx((wide.p_bootstrap, wide.p_randomisation))
    with pytest.raises(InputError, match="cannot compare 3 training runs with 2"):
        compare(runs_of(three), runs_of(three[:2]), resampler)
    with pytest.raises(InputError, match="training runs are measured differently"):
        stacked([mean_values([1.0], "a"), mean_values([1.0], "b")])


def test_seeds_that_differ_widen_the_interval_the_p_and_the_gate_s_bound_together() -> None:
    rng = np.random.default_rng(4)
    a = 0.6 + rng.normal(size=60) + 0.2 * rng.normal(size=(3, 60)) + np.array([[-0.4], [0.0], [0.4]])
    b = np.zeros((3, 60))
    resampler = Resampler(60)
    alike = compare(runs_of(a - np.array([[-0.4], [0.0], [0.4]])), runs_of(b), resampler)
    apart = compare(runs_of(a), runs_of(b), resampler)
    assert apart.difference.high - apart.difference.low > 2 * (alike.difference.high - alike.difference.low)
    assert alike.p_bootstrap < 0.001 < apart.p_bootstrap
    for bound in (0.0, 0.2, -0.3):
        tested = margin_test(runs_of(a), runs_of(b), resampler, bound)
        assert (tested.p_above < 0.025) == (tested.difference.low > bound)


def test_power_of_more_seeds_and_items_comes_from_the_parts_of_the_variance() -> None:
    """shared 4 and own 2 over 10 units, runs that differ by 1 beyond that: 20 units and 6 runs halve and divide."""
    spread = Spread(units=10, runs=3, items=0.4 + 0.2 / 3, shared=0.4, own=0.2, between=0.2 + 1.0)
    error, degrees = spread.planned(20, 6)
    assert error**2 == pytest.approx(0.2 + (0.1 + 1.0) / 6)
    assert 5 < degrees < 19
    assert spread.planned(10, 3)[0] == pytest.approx(spread.standard_error)
    assert spread.planned(10, 1)[0] ** 2 == pytest.approx(0.6)
    found = power_of(spread, 40, 20, 6, wanted=1.7)
    assert found.items_needed is not None
    assert power_of(spread, found.items_needed, found.items_needed // 2, 6).detectable <= 1.7
    assert power_of(spread, 40, 20, 6, wanted=0.5).items_needed is None, "no number of items makes up for six seeds"


def test_power_of_one_run_is_as_before() -> None:
    rng = np.random.default_rng(2)
    a, b = (mean_values(rng.normal(size=40).tolist(), "test") for _ in range(2))
    found = power(a, b, Resampler(40))
    assert found.degrees == 39
    assert found.standard_error == pytest.approx(stats.sem(a.statistics - b.statistics)[0])


def test_p_goes_on_beyond_the_resamples_and_no_two_differences_share_it() -> None:
    """With 300 resamples a bootstrap cannot say less than 1/301; here p follows the t-test to 1e-12 and below."""
    rng = np.random.default_rng(5)
    noise = rng.normal(size=20)
    found = [
        compare(mean_values((noise + shift).tolist(), "x"), mean_values([0.0] * 20, "x"), Resampler(20, resamples=300))
        for shift in (1.0, 2.0, 4.0, 8.0)
    ]
    for one, shift in zip(found[1:], (2.0, 4.0, 8.0), strict=True):
        assert one.p_bootstrap == pytest.approx(stats.ttest_1samp(noise + shift, 0).pvalue, rel=1e-9)
        assert one.p_randomisation >= 2.0**-19, "20 units have 2^19 pairs of swaps"
    assert [one.p_bootstrap for one in found] == sorted((one.p_bootstrap for one in found), reverse=True)
    assert len({one.p_bootstrap for one in found}) == 4


def test_units_that_all_show_the_same_difference_get_the_sign_test_s_p() -> None:
    found = compare(mean_values([1.0] * 12, "x"), mean_values([0.0] * 12, "x"), Resampler(12, resamples=300))
    assert found.p_bootstrap == stats.binomtest(12, 12).pvalue
    assert math.isclose(found.difference.low, 1)


@pytest.mark.slow
def test_intervals_of_three_seeds_hold_the_truth_and_items_alone_do_not() -> None:
    """A cut-down coverage study; with 400 repetitions a share is known to about 2 points."""
    for name in ("3 seeds", "3 seeds, apart", "3 seeds, 7 clusters"):
        scenario = next(one for one in coverage_study.SCENARIOS if one.name == name)
        shares = coverage_study.run(scenario, repetitions=400, resamples=500, seed=1)
        assert 0.91 <= shares["percentile"] <= 0.985, (name, shares)
        assert shares["p_bootstrap"] <= 0.09, (name, shares)
        assert shares["plain"] < 0.91, (name, shares)


@pytest.fixture
def seeded(tiny_recipe: dict[str, Any]) -> dict[str, Any]:
    """Two methods trained with two seeds each."""
    for name in ("sft", "dpo"):
        tiny_recipe["methods"][name]["seeds"] = [0, 1]
    return tiny_recipe


def ids(data: dict[str, Any], kind: str) -> dict[str, str]:
    plan = make_plan(parse_recipe(data, "recipe"))
    return {stage.name: stage.id for stage in plan.stages if stage.kind == kind}


def test_seeds_make_the_artefacts_of_trainings_that_are_named_one_by_one(seeded: dict[str, Any]) -> None:
    """A run of the older form, `sft-1: {method: sft, seed: 1}`, is reused whole."""
    sft, dpo = ({"settings": seeded["methods"][name]["settings"]} for name in ("sft", "dpo"))
    single = {
        **seeded,
        "methods": {
            "c-fine-tuned": seeded["methods"]["c-fine-tuned"], "sft": sft, "dpo": dpo,
            "sft-1": {"method": "sft", "seed": 1, **sft},
            "dpo-1": {"method": "dpo", "seed": 1, "starts_from": "sft-1", **dpo},
        },
        "systems": [*seeded["systems"], {"name": "sft-1", "method": "sft-1"}, {"name": "dpo-1", "method": "dpo-1"}],
    }  # fmt: skip
    for kind in ("checkpoint", "answers", "likelihoods", "scores"):
        assert set(ids(seeded, kind).values()) == set(ids(single, kind).values()), kind
    assert set(ids(seeded, "verdicts").values()) < set(ids(single, "verdicts").values())
    assert set(ids(seeded, "checkpoint")) == {
        "library-c-fine-tuned", "library-sft@0", "library-sft@1", "library-dpo@0", "library-dpo@1",
    }  # fmt: skip


def test_systems_of_several_seeds_meet_before_the_judge_seed_by_seed(seeded: dict[str, Any]) -> None:
    pairs = {name.removeprefix("library-").removesuffix("-reference-similarity") for name in ids(seeded, "verdicts")}
    assert {pair for pair in pairs if "sft@0" in pair} == {
        "seed-vs-sft@0", "c-fine-tuned+rag-vs-sft@0", "sft@0-vs-dpo@0",
    }  # fmt: skip
    seeded["judges"][0]["against"] = "sft"
    pairs = {name.removeprefix("library-").removesuffix("-reference-similarity") for name in ids(seeded, "verdicts")}
    assert len(pairs) == 6
    assert all("sft@" in pair for pair in pairs)


def test_a_system_may_keep_to_one_seed(seeded: dict[str, Any]) -> None:
    seeded["systems"].append({"name": "sft+rag", "method": "sft", "retrieval": True, "seeds": [1]})
    assert {name for name in ids(seeded, "answers") if "sft" in name} == {
        "library-sft@0", "library-sft@1", "library-sft+rag",
    }  # fmt: skip


def test_a_parent_of_one_seed_serves_all_and_one_that_lacks_the_seed_is_an_error(seeded: dict[str, Any]) -> None:
    del seeded["methods"]["sft"]["seeds"]
    assert set(ids(seeded, "checkpoint")) >= {"library-sft", "library-dpo@0", "library-dpo@1"}
    seeded["methods"]["sft"]["seeds"] = [0, 1]
    seeded["methods"]["dpo"] = {"settings": seeded["methods"]["dpo"]["settings"], "seed": 5}
    with pytest.raises(InputError, match=r"dpo with seed 5 starts from sft, which has only seeds \[0, 1\]"):
        ids(seeded, "checkpoint")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sft": {"seed": 1, "seeds": [0, 1]}}, "'seed' and 'seeds' are both given"),
        ({"sft": {"seeds": [1, 1]}}, "seeds: [1, 1] names a seed twice"),
        ({"sft": {"seeds": [0, 1]}, "dpo": {"seeds": [0, 2]}}, "dpo has seeds [0, 2] and sft [0, 1]"),
    ],
)
def test_seeds_that_do_not_fit_together_are_refused(
    tiny_recipe: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as told:
        parse_recipe({**tiny_recipe, "methods": changed}, "recipe")
    assert said in str(told.value)


def test_a_system_names_one_of_its_training_s_seeds_or_none(seeded: dict[str, Any]) -> None:
    seeded["systems"][2]["seeds"] = [7]
    with pytest.raises(InputError, match=r"system 'sft': seeds: expected one of \[0, 1\], not \[7\]"):
        parse_recipe(seeded, "recipe")
