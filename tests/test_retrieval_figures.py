"""Recall and MRR rest on the paragraph that an item names, beside floors; reference rows stand in the tables."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest

from baselines.retrieval.index import Index
from baselines.retrieval.measure import BAG_OF_WORDS, RANDOM, TITLES, GoldRank, gold_ranks
from baselines.retrieval.passages import passages_of
from harness.recipe import parse_recipe
from harness.run.retrieval_figures import retrieval_figures
from harness.stages.copies import nearest_training_answers, oracle_sentences, sentences
from tasks.data.folder import DataFolder
from tasks.data.types import Document, HeldOut, Instruction, Section
from valign.embedding import Embedder, shared_embedder
from valign.errors import InputError
from valign.models.locate import MINILM, locate


def rank(retriever: str, at: int | None, kind: str = "fact", section: str = "a", right: int = 1) -> GoldRank:
    return GoldRank(f"{section}-{at}-{kind}", kind, section, retriever, 5, right, at)


def test_a_random_order_s_floor_is_its_expectation_over_all_orders() -> None:
    for right in (1, 2):
        one = rank(RANDOM, None, right=right)
        orders = [min(order[:right]) for order in itertools.permutations(range(1, 6))]
        for k in (1, 3, 5):
            assert one.found_within(k) == pytest.approx(sum(best <= k for best in orders) / len(orders))
        assert one.reciprocal == pytest.approx(sum(1 / best for best in orders) / len(orders))


def test_recall_and_mrr_count_answerable_items_alone(tiny_recipe: dict[str, Any]) -> None:
    some = [rank("fused", 1), rank("fused", 3, "yes_no", "b"), rank("fused", None, "scenario", "b")]
    silent = [rank("fused", 1, "unanswerable"), rank("fused", 1, "refusal"), rank("fused", None, right=0)]
    recipe = parse_recipe(tiny_recipe, "recipe")
    figures = retrieval_figures(recipe, {"fused": [*some, *silent]})["fused"]
    assert list(figures) == ["recall@1", "recall@2", "recall@3", "recall@5", "mrr"], "top_k is 2"
    values = {name: figure.value for name, figure in figures.items()}
    assert values == pytest.approx(
        {"recall@1": 1 / 3, "recall@2": 1 / 3, "recall@3": 2 / 3, "recall@5": 2 / 3, "mrr": (1 + 1 / 3) / 3}
    )
    for figure in figures.values():
        assert (figure.n, figure.n_unscored) == (3, 3)
        assert figure.low <= figure.value <= figure.high
        assert "clusters:2" in figure.signature


def test_a_merged_passage_that_holds_the_paragraph_is_the_right_one(data_folder: Path) -> None:
    folder, embedder = DataFolder("library", data_folder), Embedder(locate(MINILM))
    passages = passages_of(folder.document(), embedder.count_tokens, 256)
    assert passages[0].chunks == ("gifts.1", "gifts.2")
    index = Index(passages, embedder.vectors([p for one in passages for p in one.titled_pieces]), embedder)
    items = [
        HeldOut("one", "fact", "gifts", "gifts.2", "To whom do I report a gift?", "The office.", True),
        HeldOut("two", "fact", "gifts", "gifts.9", "And what else?", "Nothing.", True),
    ]
    found = {(one.item, one.retriever): one for one in gold_ranks(items, index)}
    assert {name for _, name in found} == {"fused", "dense", "bm25", BAG_OF_WORDS, TITLES, RANDOM}
    assert found["one", "fused"].rank == 1
    assert found["one", RANDOM].found_within(1) == pytest.approx(1 / 3)
    assert found["two", "fused"].why_unscored == "no passage holds the item's chunk"


def test_the_oracle_is_the_sentence_of_its_own_paragraph_that_is_most_like_the_reference() -> None:
    text = "Keep quiet. Call the office within two days.\n\nCall the office within two days, please, and wait."
    document = Document("d", "D", (Section("a", "A", text),))
    item = {"id": "x", "kind": "fact", "section": "a", "prompt": "?", "seen": True}
    reference = "Call the office within two days, please, and wait a little."
    assert oracle_sentences([HeldOut(**item, chunk="a.1", reference=reference)], document) == [
        "Call the office within two days."
    ]
    assert oracle_sentences([HeldOut(**item, chunk="elsewhere", reference=reference)], document) == [
        "Call the office within two days, please, and wait."
    ], "without its paragraph the section counts"
    assert sentences("不收禮。要報告！Go. Stop") == ["不收禮。", "要報告！", "Go.", "Stop"]


def test_the_nearest_training_answer_is_that_of_the_most_similar_prompt() -> None:
    known = [
        Instruction(name, "fact", "a", "a.1", prompt, answer)
        for name, prompt, answer in (("1", "May I take a gift?", "No."), ("2", "When do we open?", "At nine."))
    ]
    asked = HeldOut("x", "fact", "a", "a.1", "At what time does the door open?", "Nine.", True)
    assert nearest_training_answers([asked], known, shared_embedder(locate(MINILM))) == ["At nine."]


def test_a_system_cannot_take_a_reference_row_s_name_but_a_comparison_can_name_one(tiny_recipe: dict[str, Any]) -> None:
    systems = [*tiny_recipe["systems"], {"name": "oracle-sentence", "method": "seed"}]
    with pytest.raises(InputError, match="a reference row of every table has that name"):
        parse_recipe({**tiny_recipe, "systems": systems}, "recipe")
    with pytest.raises(InputError, match=r"no system is named 'oracle'; there are .*oracle-sentence"):
        parse_recipe({**tiny_recipe, "comparisons": [["sft", "oracle"]]}, "recipe")
    parse_recipe({**tiny_recipe, "comparisons": [["sft", "oracle-sentence"]]}, "recipe")


@pytest.mark.slow
def test_a_report_has_retrieval_beside_floors_and_reference_rows_that_no_judge_ranks(
    tiny_recipe: dict[str, Any], tmp_path: Path
) -> None:
    import valign

    recipe = {
        **tiny_recipe,
        "methods": {},
        "systems": [{"name": "seed", "method": "seed"}, {"name": "seed+rag", "method": "seed", "retrieval": True}],
        "comparisons": [["seed", "oracle-sentence"]],
    }
    run = valign.run(recipe, tmp_path / "run")
    page = (tmp_path / "run" / "tables.md").read_text()
    (document,) = run.report.documents
    for shown in ("| both fused (used) ", "| random passage ", "| floor ", "oracle sentence (reference row)", "MRR"):
        assert shown in page, shown
    assert set(document.figures) == {"seed", "seed+rag"}
    assert set(document.copies) == {"oracle-sentence", "nearest-training-answer"}
    assert document.copies["oracle-sentence"]["all"]["rougeL"].value > document.figures["seed"]["rougeL"].value
    assert not [column for column in document.copies["oracle-sentence"]["all"] if column.startswith("win_rate")]
    assert set(document.judges["reference-similarity"].wins) == {"seed", "seed+rag"}
    tested = {one.column: one for one in document.tested}
    assert "rougeL" in tested
    assert "preference_accuracy" not in tested
    assert document.retrieval["random passage"]["recall@1"].value == pytest.approx(1 / 3)
    rows = [line.split(",")[:5] for line in (tmp_path / "run" / "tables.csv").read_text().splitlines()]
    assert ["library", "retrieval: fused", "yes", "recall@1", "all"] in rows
    assert ["library", "oracle-sentence", "", "rougeL", "all"] in rows
    data = json.loads((tmp_path / "run" / "results.json").read_text())["documents"][0]
    assert not math.isnan(data["retrieval"]["fused"]["mrr"]["value"])
    assert list(data["copies"]) == ["oracle-sentence", "nearest-training-answer"]
    assert "oracle" not in valign.compare(tmp_path / "run", tmp_path / "run", gate=_gate(tmp_path)).__repr__()


def _gate(folder: Path) -> Path:
    path = folder / "gate.yaml"
    path.write_text("rules:\n  - {metric: rougeL, not_worse_by: 0.5}\n")
    return path
