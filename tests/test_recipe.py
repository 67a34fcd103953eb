"""A recipe is checked before anything starts, and every mistake is named with what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.recipe.recipe import Recipe, load_recipe, parse_recipe
from harness.run.plan import make_plan
from harness.stages.checkpoint import Checkpoint
from valign.errors import InputError

Write = Callable[[dict[str, Any]], Path]


def planned_ids(recipe: Recipe) -> list[str]:
    """The fingerprint of every stage of a recipe: what `valign run` computes before it checks anything."""
    return [stage.id for stage in make_plan(recipe).stages]


def refused(data: dict[str, Any]) -> str:
    """What is said of a recipe that should be refused."""
    with pytest.raises(InputError) as told:
        planned_ids(parse_recipe(data, "recipe.yaml"))
    return str(told.value)


def test_a_whole_recipe_is_accepted_and_its_defaults_are_spelt_out(tiny_recipe: dict[str, Any]) -> None:
    recipe = parse_recipe(tiny_recipe, "recipe.yaml")
    assert recipe.generation.max_gen_toks == 8
    assert not recipe.generation.do_sample
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    ("at", "wrong", "nearest"),
    [
        ((), "metrcs", "metrics"),
        ((), "seed_modle", "seed_model"),
        (("hardware",), "thread", "threads"),
        (("generation",), "max_gen_tok", "max_gen_toks"),
        (("retrieval",), "topk", "top_k"),
        (("systems", 1), "retreival", "retrieval"),
        (("methods", "sft"), "setings", "settings"),
        (("statistics",), "cluster", "clusters"),
    ],
)
def test_an_unknown_key_is_refused_with_its_place_and_the_nearest_known_one(
    tiny_recipe: dict[str, Any], at: tuple[Any, ...], wrong: str, nearest: str
) -> None:
    part = tiny_recipe
    for key in at:
        part = part[key]
    part[wrong] = part.pop(nearest, 1)
    message = refused(tiny_recipe)
    place = "".join(f"{part}." for part in at)[:-1]
    assert message == f"recipe.yaml: {place + ': ' if at else ''}unknown key {wrong!r}: did you mean {nearest!r}?"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"limit": 0}, "limit: "),
        ({"hardware": {"dtype": "float23"}}, "hardware.dtype: "),
        ({"generation": {"max_gen_toks": "many"}}, "generation.max_gen_toks: "),
        ({"systems": []}, "systems: "),
        ({"comparisons": [["sft", "sfd"]]}, "no system is named 'sfd'"),
        ({"comparisons": [["sft", "sft"]]}, "[sft, sft] compares a system with itself"),
        ({"retrieval": None}, "system 'c-fine-tuned+rag' uses retrieval"),
        ({"name": "../elsewhere"}, "name: "),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tiny_recipe: dict[str, Any], changed: dict[str, Any], said: str) -> None:
    assert said in refused({**tiny_recipe, **changed})


@pytest.mark.parametrize(
    ("part", "name"), [("systems", "sft"), ("metrics", "bleu"), ("judges", "reference-similarity")]
)
def test_one_name_for_two_things_is_refused(tiny_recipe: dict[str, Any], part: str, name: str) -> None:
    twin = next(one for one in tiny_recipe[part] if one["name"] == name)
    tiny_recipe[part].append(dict(twin))
    assert f"{name!r} is named twice" in refused(tiny_recipe)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"methods": {"sfft": {}}}, "unknown method 'sfft': did you mean 'sft'?"),
        ({"systems": [{"name": "a", "method": "dpp"}]}, "unknown method 'dpp': did you mean 'dpo'?"),
        ({"documents": ["udrh"]}, "unknown document 'udrh': did you mean 'udhr'?"),
        ({"metrics": [{"name": "blue"}]}, "unknown metric 'blue': did you mean 'bleu'?"),
        ({"metrics": [{"name": "section_hit", "settings": {"modle": "x"}}]}, "did you mean 'model'?"),
        ({"judges": [{"name": "reference-similarty"}]}, "did you mean 'reference-similarity'?"),
        ({"judges": [{"name": "reference-similarity", "settings": {"margn": 1}}]}, "did you mean 'margin'?"),
        ({"seed_model": {"model": "/no/such/model"}}, "model '/no/such/model': no such folder"),
        ({"seed_model": {"model": "package:no_such_package/x"}}, "'no_such_package' is not installed"),
    ],
)
def test_what_a_recipe_names_must_exist(tiny_recipe: dict[str, Any], changed: dict[str, Any], said: str) -> None:
    tiny_recipe = {**tiny_recipe, **changed, "comparisons": []}
    assert said in refused(tiny_recipe)


def test_a_method_cannot_start_from_itself(tiny_recipe: dict[str, Any]) -> None:
    tiny_recipe["methods"]["sft"]["starts_from"] = "dpo"
    assert "starts from itself" in refused(tiny_recipe)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: no such file"):
        load_recipe(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("text", ["name: [unclosed", "a: b: c", "- just\n- a list", "", "name: \t- x"])
def test_a_file_that_is_no_yaml_mapping_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        load_recipe(path)
    assert str(told.value).startswith(f"recipe {path}: ")
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(InputError, match=r"binary\.yaml: .*UTF-8"):
        load_recipe(path)


def test_set_reaches_into_mappings_and_lists(write_recipe: Write, tiny_recipe: dict[str, Any]) -> None:
    path = write_recipe(tiny_recipe)
    overrides = [
        "seed=7",
        "generation.max_gen_toks=5",
        "systems.2.name=tuned",
        "comparisons=[[tuned, seed]]",
        "metrics.2.settings.num_layers=4",
        "methods.sft.lora.r=4",
        "retrieval.prompt=null",
    ]
    recipe = load_recipe(path, overrides)
    assert (recipe.seed, recipe.generation.max_gen_toks, recipe.systems[2].name) == (7, 5, "tuned")
    assert recipe.comparisons == [("tuned", "seed")]
    assert recipe.metrics[2].settings["num_layers"] == 4
    assert recipe.methods["sft"].lora == {"r": 4}


def test_set_reads_numbers_as_people_write_them(write_recipe: Write, tiny_recipe: dict[str, Any]) -> None:
    recipe = load_recipe(write_recipe(tiny_recipe), ["methods.sft.settings.learning_rate=1e-3"])
    assert recipe.methods["sft"].settings["learning_rate"] == 0.001


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("limit", "expected key=value"),
        ("=3", "expected key=value"),
        ("limit.a=3", "'limit' is a single value"),
        ("systems.9.name=x", "position from 0 to 3"),
        ("systems.first.name=x", "position from 0 to 3"),
        ("limit=[1", "not YAML"),
        ("generation.max_toks=3", "generation: unknown key 'max_toks': did you mean 'max_gen_toks'"),
    ],
)
def test_a_bad_set_says_what_is_wrong(
    write_recipe: Write, tiny_recipe: dict[str, Any], override: str, said: str
) -> None:
    with pytest.raises(InputError) as told:
        load_recipe(write_recipe(tiny_recipe), [override])
    assert said in str(told.value)


def test_document_is_short_for_documents_of_one(write_recipe: Write, tiny_recipe: dict[str, Any]) -> None:
    del tiny_recipe["documents"]
    path = write_recipe({**tiny_recipe, "document": "udhr"})
    assert load_recipe(path).documents == ["udhr"]
    assert load_recipe(path, ["documents=[bcg]"]).documents == ["bcg"]
    assert load_recipe(write_recipe({**tiny_recipe, "documents": ["udhr"]}), ["document=bcg"]).documents == ["bcg"]


def test_document_beside_documents_is_refused(tiny_recipe: dict[str, Any]) -> None:
    assert "'document'" in refused({**tiny_recipe, "document": "udhr"})


def test_the_schema_prints_and_knows_every_key(valign: Callable[..., Any], tiny_recipe: dict[str, Any]) -> None:
    said = valign("schema")
    assert said.code == 0
    schema = json.loads(said.out)
    assert set(tiny_recipe) <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", ["quickstart", "laptop", "one-gpu"])
@pytest.mark.parametrize("change", ["document={folder}", "documents=[{folder}]"])
def test_a_shipped_recipe_takes_any_one_document(name: str, change: str, data_folder: Path) -> None:
    path = Path(__file__).parents[1] / "recipes" / f"{name}.yaml"
    recipe = load_recipe(path, [change.format(folder=data_folder)])
    assert recipe.documents == [str(data_folder)]
    assert [document.folder.path for document in make_plan(recipe).documents] == [data_folder]


def test_a_method_can_be_trained_several_times_with_a_seed_and_settings_each(tiny_recipe: dict[str, Any]) -> None:
    again = {"method": "sft", "seed": 1, "settings": {"max_steps": 3}}
    after = {"method": "dpo", "starts_from": "sft-again"}
    tiny_recipe["methods"] |= {"sft-again": again, "dpo-again": after}
    tiny_recipe["systems"] += [{"name": "dpo-2", "method": "dpo-again"}]
    plan = make_plan(parse_recipe(tiny_recipe, "recipe.yaml"))
    trained = {stage.method: stage for stage in plan.stages if isinstance(stage, Checkpoint)}
    assert list(trained) == ["c-fine-tuned", "sft", "dpo", "sft-again", "dpo-again"]
    assert trained["dpo-again"].parent is trained["sft-again"]
    assert (trained["sft-again"].seed, trained["dpo-again"].seed) == (1, 0)
    assert trained["dpo-again"].title == "train DPO (dpo-again)"
    assert len({stage.id for stage in trained.values()}) == 5
