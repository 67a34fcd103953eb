"""Conclusions rest on what the recipe calls primary: Holm's correction runs over it, a plan says what it can show."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finished import held_out, spoilt, write_run

from harness.recipe.recipe import load_recipe, parse_recipe
from harness.report.cells import few_units
from harness.run.columns import PREFERENCE
from harness.run.figures import DocumentResults, document_results
from harness.run.plan import make_plan
from harness.run.planned_power import planned_power
from harness.run.primary import IN_NO_FAMILY, check_primary, primary_columns
from harness.run.reading import read_run
from harness.statistics import Estimate, holm
from valign.errors import InputError

ITEMS = held_out(120)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.4, 2), "dpo": spoilt(ITEMS, 0.38, 3)}
PAIRS = [["sft", "seed"], ["dpo", "sft"], ["dpo", "seed"]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "finished", ANSWERS)


@pytest.fixture
def results(finished: Path) -> Callable[..., DocumentResults]:
    """The figures of the run under a changed recipe."""

    def read(**changed: Any) -> DocumentResults:
        data = json.loads((finished / "run.json").read_text())
        data["recipe"] |= {"comparisons": PAIRS, **changed}
        (finished / "run.json").write_text(json.dumps(data))
        return document_results(read_run(finished)[1][0])

    return read


def test_holm_runs_over_what_is_primary_and_the_rest_has_no_corrected_p(
    results: Callable[..., DocumentResults],
) -> None:
    tested = results(primary={"comparisons": PAIRS[:2], "metrics": ["rougeL", PREFERENCE]}).tested
    primary = [one for one in tested if one.primary]
    assert {(one.better, one.worse, one.column) for one in primary} == {
        (*pair, column) for pair in map(tuple, PAIRS[:2]) for column in ("rougeL", PREFERENCE)
    }  # fmt: skip
    assert [one.p_holm for one in primary] == holm([one.comparison.p_bootstrap for one in primary])
    assert all(one.p_holm != one.p_holm for one in tested if not one.primary), "NaN"
    assert len(tested) == 3 * 7


def test_a_recipe_that_names_nothing_has_one_column_for_each_thing_that_is_measured(
    results: Callable[..., DocumentResults],
) -> None:
    tested = results(primary={}).tested
    assert {one.column for one in tested if one.primary} == {"bleu", PREFERENCE}
    assert {(one.better, one.worse) for one in tested if one.primary} == set(map(tuple, PAIRS))


def test_no_corrected_p_repeats_another_at_a_floor(results: Callable[..., DocumentResults]) -> None:
    """1,000 resamples and 21 tests: the floor was 0.03 for each of them after Holm."""
    tested = results(primary={"metrics": ["bleu", "rouge1", "rouge2", "rougeL"]}).tested
    small = [one.comparison for one in tested if one.comparison.p_bootstrap < 0.002]
    assert len(small) > 8
    assert len({one.p_bootstrap for one in small}) == len({round(one.difference.value, 9) for one in small})
    assert min(one.p_holm for one in tested if one.primary) < 1e-4


def test_a_judge_s_figures_have_the_recipe_s_kind_of_interval(results: Callable[..., DocumentResults]) -> None:
    found = results(statistics={"resamples": 500, "interval": "bca", "confidence": 0.9})
    report = found.judges["longest"]
    every = [*report.wins.values(), *report.strengths.values(), *report.equal_length.values(), report.audit.ties]
    assert {one.signature.rpartition("|")[2] for one in every} == {"ci:bca-0.9"}
    results(statistics={"resamples": 1000})


def test_a_difference_that_matters_says_how_many_items_it_needs(results: Callable[..., DocumentResults]) -> None:
    tested = results(primary={"metrics": {"rougeL": 0.001, "bleu": None}}).tested
    needed = {one.column: one.power.items_needed for one in tested if one.primary and one.better == "sft"}
    assert needed["bleu"] is None
    assert (needed["rougeL"] or 0) > 1000


@pytest.mark.parametrize(
    ("primary", "said"),
    [
        ({"metrics": ["rougeLsum"]}, "rougeLsum is a part or a near-duplicate of rougeL; name that"),
        ({"metrics": ["rougel"]}, "unknown column in primary.metrics 'rougel': did you mean 'rougeL'"),
        ({"safety": ["refusd"]}, "unknown column in primary.safety 'refusd': did you mean 'refused'"),
        ({"comparisons": [["dpo", "seed"]]}, "primary: [dpo, seed] is not among the recipe's comparisons"),
        ({"metrics": {"rougeL": -1}}, "primary.metrics.rougeL: "),
    ],
)
def test_what_is_primary_must_be_there(tiny_recipe: dict[str, Any], primary: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as told:
        make_plan(parse_recipe({**tiny_recipe, "primary": primary}, "recipe.yaml"))
    assert said in str(told.value)


@pytest.mark.parametrize("name", ["quickstart", "small", "laptop", "one-gpu"])
def test_shipped_recipes_say_what_is_primary(name: str) -> None:
    recipe = load_recipe(Path(__file__).parents[1] / "recipes" / f"{name}.yaml")
    check_primary(recipe)
    assert recipe.primary.comparisons
    assert recipe.primary.metrics
    assert not set(IN_NO_FAMILY) & set(primary_columns(recipe, [*IN_NO_FAMILY, "bleu"]))


def test_a_plan_says_what_it_can_show_from_an_assumption(tiny_recipe: dict[str, Any]) -> None:
    tiny_recipe["primary"] = {"metrics": {"rougeL": 0.05, PREFERENCE: None}}
    del tiny_recipe["limit"]
    found = planned_power(make_plan(parse_recipe(tiny_recipe, "recipe")), None)
    assert [(one.pair, one.column, one.power.n, one.power.units) for one in found[:2]] == [
        (("sft", "c-fine-tuned+rag"), "rougeL", 6, 3), (("sft", "c-fine-tuned+rag"), PREFERENCE, 3, 3),
    ]  # fmt: skip
    rouge = found[0].power
    assert rouge.standard_error == pytest.approx(0.07 * ((1 + 0.1) / 6) ** 0.5)
    assert rouge.alpha == pytest.approx(0.05 / 4), "two comparisons in two columns"
    assert (rouge.items_needed or 0) > 6
    assert found[0].source is None


def test_a_plan_says_what_it_can_show_from_a_finished_run(
    finished: Path, results: Callable[..., DocumentResults], tiny_model: Path
) -> None:
    """The same items and seeds planned again: the power is that of the finished comparison."""
    tested = results(primary={"metrics": {"rougeL": 0.02}}).tested
    found = next(one for one in tested if one.primary and one.better == "sft")
    data = json.loads((finished / "run.json").read_text())["recipe"]
    data["seed_model"]["model"] = str(tiny_model)
    plan = make_plan(parse_recipe({**data, "judges": [], "limit": 120}, "recipe"))
    planned = next(one for one in planned_power(plan, finished) if one.pair == ("sft", "seed"))
    assert planned.source == finished
    per_item = found.power.standard_error * found.power.n**0.5
    assert planned.power.standard_error * planned.power.n**0.5 == pytest.approx(per_item, rel=0.3)
    assert planned.power.alpha == pytest.approx(0.05 / 3)


def test_fewer_than_ten_sections_are_said_beside_the_figure() -> None:
    def shown(units: int | None, signature: str = "x|clusters:7|ci") -> str:
        return few_units(Estimate(0.5, 0.4, 0.6, 20, 0, signature, units))

    assert (shown(7), shown(10), shown(None)) == (" (7 sections)", "", "")
    assert shown(7, "x|unit:item|ci") == "", "the number of items stands beside it anyway"


def test_comparisons_csv_says_which_are_primary(valign: Callable[..., Any], finished: Path, results: Any) -> None:
    results(primary={"metrics": ["rougeL"]})
    assert valign("report", finished).code == 0
    with (finished / "comparisons.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["column"] for row in rows if row["primary"] == "yes"} == {"rougeL"}
    assert all((row["p_holm"] == "") == (row["primary"] == "no") for row in rows)
    assert "exploratory" in (finished / "tables.md").read_text()
    tiny = [row["p_bootstrap"] for row in rows if "e-" in row["p_bootstrap"]]
    assert tiny, "a p of 1e-9 is not written as 0.000000"
