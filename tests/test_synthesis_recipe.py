"""The recipe of a synthesis: checked before anything is asked, overridden by options; its prompts are fingerprinted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from chat_server import ChatServer
from conftest import Said
from teacher_server import teach

from alignment.synthesis.types import Counts, Settings
from harness.recipe.synthesis import SynthesisRecipe, load_synthesis
from tasks.data.folder import find
from tasks.documents.document import markdown_of

SHIPPED = Path(__file__).parents[1] / "recipes" / "synthesis.yaml"
DOCUMENT = {"document": ["guide.md"]}


@pytest.fixture
def written(tmp_path: Path, valign: Callable[..., Said]) -> Callable[..., Said]:
    """`valign synthesise` on two sections by a recipe, into `tmp_path / "data"`."""
    document = find("bcg").document()
    guide = tmp_path / "guide.md"
    guide.write_text(markdown_of(replace(document, sections=document.sections[:2])), encoding="utf-8")

    def call(recipe: dict[str, Any], *options: object) -> Said:
        path = tmp_path / "synthesis.yaml"
        path.write_text(yaml.safe_dump({"document": str(guide), **recipe}), encoding="utf-8")
        return valign("synthesise", "--recipe", path, "--out", tmp_path / "data", *options)

    return call


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "data" / "synthesis" / "report.json").read_text())
    return report


def test_the_shipped_recipe_says_what_holds_without_one() -> None:
    bare = load_synthesis(None, [], {**DOCUMENT, "teacher": "extractive"})
    assert load_synthesis(SHIPPED, [], DOCUMENT) == bare
    assert bare.settings() == Settings()
    assert set(yaml.safe_load(SHIPPED.read_text())) == set(SynthesisRecipe.model_fields) - set(DOCUMENT)


def test_options_go_before_set_and_set_before_the_file() -> None:
    options = {**DOCUMENT, "budget.requests": 3, "seed": None}
    chosen = load_synthesis(SHIPPED, ["seed=7", "budget.requests=2", "counts.most_pairs=1", "budget.tokens=9"], options)
    assert chosen.settings() == Settings(seed=7, counts=Counts(most_pairs=1))
    assert (chosen.budget.requests, chosen.budget.tokens) == (3, 9)


@pytest.mark.parametrize(
    ("recipe", "options", "said"),
    [
        ({"techer": "extractive"}, (), "no teacher; give --teacher extractive"),
        ({"teacher": "extractive", "promts": {}}, (), "unknown key 'promts': did you mean 'prompts'?"),
        ({"teacher": "extractive", "counts": {"most_pair": 2}}, (), "counts: unknown key 'most_pair': did you mean"),
        ({"teacher": "extractive", "held_out_share": 2}, (), "held_out_share: Input should be less than"),
        ({"teacher": "extractive"}, ("--set", "grounding=high"), "grounding: Input should be a valid number"),
        ({"teacher": "extractive", "budget": 5}, ("--budget-tokens", 9), "'budget' is a single value without keys"),
        ({"teacher": "extractive"}, ("--concurrency", 0), "concurrency: Input should be greater"),
        ({"teacher": "extractive", "document": []}, (), "document: List should have at least 1 item"),
        ({"teacher": "extractive", "prompts": {"answer": "mine.jinja"}}, (), "unknown prompt 'answer': did you mean"),
        ({"teacher": "extractive", "prompts": {"values": "mine.jinja"}}, (), "prompt mine.jinja: no such file"),
        ({"teacher": "extractive", "prompts": {"values": "{{ chunk }"}}, (), "prompt values: line 1"),
        ({"teacher": "extractive", "prompts": {"values": "{{ chunk.txt }}"}}, (), "no attribute 'txt'"),
        ({"teacher": "extractive", "prompts": "folder"}, (), "prompts: Input should be a valid dictionary"),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_line(
    written: Callable[..., Said], tmp_path: Path, recipe: dict[str, Any], options: tuple[object, ...], said: str
) -> None:
    found = written(recipe, *options)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_without_a_recipe_the_document_and_the_teacher_must_be_named(valign: Callable[..., Said]) -> None:
    assert "no document; name a file" in valign("synthesise", "--out", "data").err
    assert "no teacher; give" in valign("synthesise", "guide.md", "--out", "data").err


def test_the_counts_of_a_recipe_bound_what_is_written(written: Callable[..., Said], tmp_path: Path) -> None:
    few = {"words_per_question": 1000, "most_questions": 1, "most_pairs": 1}
    assert written({"teacher": "extractive", "counts": few}).code in (0, 1)
    report = report_in(tmp_path)
    asked = [chunk for chunk in report["chunks"].values() if chunk["role"] != "too short"]
    for pipeline in ("instruct", "scenario"):
        assert [chunk[pipeline]["kept"] + chunk[pipeline]["rejected"] for chunk in asked] == [1] * len(asked)
    assert report["settings"]["counts"] == {**vars(Counts()), **few}


def test_a_changed_prompt_changes_the_fingerprint_and_asks_again_for_what_depends_on_it_alone(
    written: Callable[..., Said], tmp_path: Path
) -> None:
    shipped = (SHIPPED.parents[1] / "alignment" / "synthesis" / "prompts" / "better.jinja").read_text(encoding="utf-8")
    with ChatServer(teach) as server:
        recipe = {"teacher": f"openai:tiny@{server.url}"}
        assert written(recipe).code == 0
        first, before = report_in(tmp_path)["fingerprint"], len(server.bodies)
        assert written({**recipe, "prompts": {"better": shipped}}).code == 0
        assert len(server.bodies) == before
        assert report_in(tmp_path)["fingerprint"] == first
        (tmp_path / "mine.jinja").write_text(f"Judge strictly. {shipped}", encoding="utf-8")
        assert written({**recipe, "prompts": {"better": str(tmp_path / "mine.jinja")}}).code == 0
        changed, after = report_in(tmp_path)["fingerprint"], len(server.bodies)
        (tmp_path / "mine.jinja").unlink()
        again = yaml.safe_load((tmp_path / "data" / "synthesis" / "recipe.yaml").read_text())
        assert written(again).code == 0
        assert (report_in(tmp_path)["fingerprint"], len(server.bodies)) == (changed, after)
    asked = [body["messages"][0]["content"] for body in server.bodies]
    assert 0 < len(asked) - before < before / 2
    assert all(prompt.startswith("Judge strictly. ") for prompt in asked[before:])
    assert len(asked) - before == sum('"better"' in prompt for prompt in asked[:before])
    assert changed != first


def test_the_schema_of_a_synthesis_knows_every_key(valign: Callable[..., Said]) -> None:
    assert set(json.loads(valign("schema", "synthesis").out)["properties"]) == set(SynthesisRecipe.model_fields)
