"""Passages nearest to the question enter the last user turn, for every kind of task, and are kept with the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.retrieval.index import Index, read_index, write_index
from baselines.retrieval.model import RetrievalLM
from baselines.retrieval.prompt import read_template
from harness.models.backends import build_model
from harness.models.lm_eval_runs import answers_of, evaluate, likelihoods_of, task_config
from harness.recipe.recipe import Backend
from tasks.data.folder import DataFolder, find
from tasks.data.types import Chunk
from tasks.documents.chunking import chunk_document
from valign.embedding import Embedder
from valign.errors import InputError
from valign.models.locate import MINILM, locate

TEMPLATE = "{% for p in passages %}<{{ p }}>{% endfor %} {{ question }}"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(locate(MINILM))


@pytest.fixture
def index(embedder: Embedder, data_folder: Path) -> Index:
    chunks = chunk_document(DataFolder("library", data_folder).document())
    return Index(chunks, embedder.vectors([chunk.text for chunk in chunks]), embedder)


@pytest.fixture(scope="module")
def inner(tiny_model: Path) -> Any:
    return build_model(Backend(batch_size=4), str(tiny_model), "cpu", "float32")


def test_search_finds_what_brute_force_finds_in_its_order(embedder: Embedder) -> None:
    chunks = chunk_document(find("udhr").document())
    questions = [item.prompt for item in find("udhr").held_out()[:25]]
    vectors = embedder.vectors([chunk.text for chunk in chunks])
    near = embedder.vectors(questions) @ vectors.T
    found = Index(chunks, vectors, embedder).search(questions, top_k=5)
    for similarities, passages in zip(near, found, strict=True):
        best = np.argsort(-similarities, kind="stable")[:5]
        assert [p.chunk.id for p in passages] == [chunks[i].id for i in best]
        np.testing.assert_allclose([p.similarity for p in passages], similarities[best], atol=1e-5)


def test_the_nearest_passage_comes_first_and_no_more_come_than_there_are(index: Index) -> None:
    (passages,) = index.search(["Must I wear a helmet?"], top_k=99)
    assert passages[0].chunk.id == "safety.1"
    assert sorted(p.chunk.id for p in passages) == ["gifts.1", "gifts.2", "quiet.1", "safety.1"]
    similarities = [p.similarity for p in passages]
    assert similarities == sorted(similarities, reverse=True)
    assert [p.chunk.id for p in index.search(["Must I wear a helmet?"], top_k=1)[0]] == ["safety.1"]


def test_an_index_comes_back_from_disk_as_it_was_written(embedder: Embedder, index: Index, tmp_path: Path) -> None:
    write_index(tmp_path, index.chunks, embedder)
    again = read_index(tmp_path, embedder)
    assert again.chunks == index.chunks
    assert again.search(["quiet"], 2) == index.search(["quiet"], 2)


def test_questions_embedded_in_advance_are_not_embedded_again_and_find_the_same(index: Index, tmp_path: Path) -> None:
    questions = ["quiet", "gifts", "quiet"]
    found = [index.search([question], 2)[0] for question in questions]
    embedder = Embedder(locate(MINILM))
    write_index(tmp_path, index.chunks, embedder)
    again = read_index(tmp_path, embedder)
    again.embed_questions(questions)
    vars(embedder)["loaded"] = None  # any further text would fail to embed
    assert [again.search([question], 2)[0] for question in questions] == found


def test_a_document_without_chunks_cannot_be_indexed(embedder: Embedder) -> None:
    with pytest.raises(InputError, match="no text to index"):
        Index([], np.zeros((0, 384), dtype=np.float32), embedder)


def test_passages_enter_the_last_user_turn_and_no_other(inner: Any, index: Index) -> None:
    wrapped = RetrievalLM(inner, index, 1, TEMPLATE)
    history = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "May I telephone?"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Must I wear a helmet?"},
    ]
    shown = wrapped.apply_chat_template(history, add_generation_prompt=True)
    passage = "Wear a helmet in the old tower. Report broken steps at once."
    last = {"role": "user", "content": f"<{passage}> Must I wear a helmet?"}
    assert shown == inner.apply_chat_template([*history[:-1], last], add_generation_prompt=True)
    assert history[-1]["content"] == "Must I wear a helmet?", "the caller's messages stay as they were"
    assert [p.chunk.id for p in wrapped.retrieved[shown]] == ["safety.1"]


def test_a_conversation_without_a_user_turn_is_refused(inner: Any, index: Index) -> None:
    with pytest.raises(InputError, match="no user turn"):
        RetrievalLM(inner, index, 1, TEMPLATE).apply_chat_template([{"role": "system", "content": "Hm."}])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["heldout", "preference"])
def test_through_lm_eval_every_prompt_holds_its_passages_and_they_are_recorded(
    kind: str, inner: Any, index: Index, data_folder: Path
) -> None:
    data = DataFolder("library", data_folder)
    model = RetrievalLM(inner, index, 2, TEMPLATE)
    generation = {"max_gen_toks": 4, "do_sample": False} if kind == "heldout" else None
    results = evaluate(model, task_config(data, kind), None, generation, seed=0)
    read = answers_of if kind == "heldout" else likelihoods_of
    rows = read(results, model)
    items = data.held_out() if kind == "heldout" else data.held_out_preferences()
    assert [row.item for row in rows] == [item.id for item in items]
    texts = {chunk.id: chunk.text for chunk in index.chunks}
    (samples,) = results["samples"].values()
    for row, item, sample in zip(rows, items, sorted(samples, key=lambda s: s["doc_id"]), strict=True):
        wanted = index.search([item.prompt], 2)[0]
        assert list(row.retrieved) == [(p.chunk.id, p.similarity) for p in wanted]
        passages = "".join(f"<{texts[name]}>" for name, _ in row.retrieved)
        turn = {"role": "user", "content": f"{passages} {item.prompt}"}
        for shown in (arguments[0] for arguments in sample["arguments"]):
            assert shown == inner.apply_chat_template([turn], add_generation_prompt=True)
    if kind == "preference":
        assert all(row.chosen < 0 and row.rejected < 0 for row in rows)


@pytest.mark.slow
def test_likelihoods_are_sums_of_token_log_probabilities(inner: Any, tiny_model: Path, data_folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    data = DataFolder("library", data_folder)
    rows = likelihoods_of(evaluate(inner, task_config(data, "preference"), None, None, 0), inner)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)
    pair = data.held_out_preferences()[1]
    before = tokenizer.apply_chat_template(
        [{"role": "user", "content": pair.prompt}], tokenize=False, add_generation_prompt=True
    )
    start = len(tokenizer(before, add_special_tokens=False)["input_ids"])
    for answer, score in ((pair.chosen, rows[1].chosen), (pair.rejected, rows[1].rejected)):
        ids = torch.tensor([tokenizer(before + answer, add_special_tokens=False)["input_ids"]])
        with torch.no_grad():
            each = torch.log_softmax(model(ids).logits, dim=-1)[0, :-1].gather(1, ids[0, 1:, None])[:, 0]
        assert score == pytest.approx(float(each[start - 1 :].sum()), rel=1e-4)


def test_the_shipped_template_shows_every_passage_numbered_and_then_the_question(inner: Any, index: Index) -> None:
    chunks = [Chunk("a.1", "a", "First {{ x }}."), Chunk("b.1", "b", "Second.")]
    fixed = Index(chunks, np.eye(2, 384, dtype=np.float32), index.embedder)
    shown = RetrievalLM(inner, fixed, 2, read_template(None)).apply_chat_template(
        [{"role": "user", "content": "What & why?"}]
    )
    assert "[1] " in shown
    assert "[2] " in shown
    assert "First {{ x }}." in shown
    assert shown.rstrip().endswith("Question: What & why?<|end|><|assistant|>")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ passages }} Answer the question.", "does not use {{ question }}"),
        ("{# passages #} {{ question }}", "does not use {{ passages }}"),
        ("{{ passages }} {{ question }} {{ titel }}", "'titel'"),
        ("{{ passages }} {{ question ", "line 1"),
        (None, "no such file"),
    ],
)
def test_a_template_that_cannot_work_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "mine.jinja"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_template(str(path))
    assert "mine.jinja" in str(raised.value)
    assert said in str(raised.value)


def test_a_template_of_one_s_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jinja"
    path.write_text(TEMPLATE + "\n")
    assert read_template(str(path)) == TEMPLATE
