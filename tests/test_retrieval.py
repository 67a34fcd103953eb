"""The passages found for a question enter the last user turn, for every kind of task, and are kept with the answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.retrieval.index import Index, Ranking, Reranker, read_index, write_index
from baselines.retrieval.model import RetrievalLM
from baselines.retrieval.passages import Passage, passages_of
from baselines.retrieval.prompt import read_template
from baselines.retrieval.words import BM25, words
from harness.models.backends import build_model
from harness.models.lm_eval_runs import answers_of, evaluate, likelihoods_of, task_config
from harness.recipe.recipe import Backend
from tasks.data.folder import DataFolder, find
from tasks.data.types import Document, Section
from tasks.documents.chunking import chunk_document
from valign.embedding import Embedder, known_prompts
from valign.errors import InputError
from valign.models.locate import MINILM, locate

TEMPLATE = "{% for p in passages %}<{{ p }}>{% endfor %} {{ question }}"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(locate(MINILM))


def index_of(document: Document, embedder: Embedder, ranking: Ranking = "fused", merge: bool = True) -> Index:
    passages = passages_of(document, embedder.count_tokens, 256, embedder.longest, merge)
    pieces = [piece for one in passages for piece in one.titled_pieces]
    return Index(passages, embedder.vectors(pieces, "document"), embedder, ranking)


@pytest.fixture
def index(embedder: Embedder, data_folder: Path) -> Index:
    return index_of(DataFolder("library", data_folder).document(), embedder, merge=False)


@pytest.fixture(scope="module")
def inner(tiny_model: Path) -> Any:
    return build_model(Backend(batch_size=4), str(tiny_model), "cpu", "float32")


def ids(found: Any) -> list[str]:
    return [one.passage.id for one in found]


def words_of(text: str) -> int:
    return len(text.split())


def test_neighbouring_paragraphs_are_merged_below_their_title_up_to_the_bound_and_never_across_sections() -> None:
    document = Document("d", "D", (Section("a", "First", "one two\n\nthree\n\nfour five six"), Section("b", "B", "x")))
    assert passages_of(document, words_of, bound=4) == [
        Passage("a.1-2", "a", "First", ("a.1", "a.2"), ("one two", "three")),
        Passage("a.3", "a", "First", ("a.3",), ("four five six",)),
        Passage("b.1", "b", "B", ("b.1",), ("x",)),
    ]
    assert passages_of(document, words_of, bound=99)[0].text == "First\none two\n\nthree\n\nfour five six"
    assert [one.id for one in passages_of(document, words_of, 99, merge=False)] == ["a.1", "a.2", "a.3", "b.1"]


def test_passages_name_the_paragraphs_as_the_data_do_whatever_the_bound(embedder: Embedder) -> None:
    folder = find("bcg")
    paragraphs = {chunk.id: chunk.text for chunk in chunk_document(folder.document())}
    for bound in (64, 256):
        passages = passages_of(folder.document(), embedder.count_tokens, bound, embedder.longest)
        assert {chunk for one in passages for chunk in one.chunks} == set(paragraphs)
        assert max(embedder.count_tokens(one.text) for one in passages) <= bound
        assert len({one.id for one in passages}) == len(passages)
        for chunk, text in paragraphs.items():
            held = " ".join(" ".join(one.pieces) for one in passages if chunk in one.chunks)
            assert " ".join(text.split()) in " ".join(held.split())
    assert {item.chunk for item in folder.held_out()} <= set(paragraphs)


def test_a_paragraph_longer_than_the_bound_is_in_several_passages_which_all_name_it() -> None:
    document = Document("d", "D", (Section("a", "T", " ".join(f"Word{n} is here." for n in range(12))),))
    passages = passages_of(document, words_of, bound=20)
    assert [(one.id, one.chunks) for one in passages] == [("a.1/1", ("a.1",)), ("a.1/2", ("a.1",))]


def test_dense_search_is_brute_force_over_the_pieces_and_the_best_piece_counts(embedder: Embedder) -> None:
    index = index_of(find("udhr").document(), embedder, ranking="dense")
    questions = [item.prompt for item in find("udhr").held_out()[:25]]
    asked = embedder.vectors(questions)
    near = np.stack([(asked @ embedder.vectors(one.titled_pieces).T).max(axis=1) for one in index.passages], axis=1)
    for similarities, found in zip(near, index.search(questions, 5), strict=True):
        best = np.argsort(-similarities, kind="stable")[:5]
        assert ids(found) == [index.passages[i].id for i in best]
        np.testing.assert_allclose([one.score for one in found], similarities[best], atol=1e-5)


def test_bm25_is_the_formula_of_its_paper() -> None:
    """Robertson and Zaragoza 2009, with Lucene's idf: ln(1 + (N - n + 0.5) / (n + 0.5)), k1 1.5, b 0.75."""
    texts = ["gift gift watch", "the watch stopped", "a quiet room for reading and nothing else"]
    split = [text.split() for text in texts]
    mean = sum(map(len, split)) / 3
    wanted = []
    for own in split:
        score = 0.0
        for word in ("gift", "watch"):
            holding, n = sum(word in other for other in split), own.count(word)
            idf = np.log(1 + (3 - holding + 0.5) / (holding + 0.5))
            score += idf * n / (n + 1.5 * (1 - 0.75 + 0.75 * len(own) / mean))
        wanted.append(score)
    assert BM25(texts).scores("Gift, watch!") == pytest.approx(wanted, rel=1e-5)
    assert BM25(texts).scores("?!").tolist() == [0, 0, 0]


def test_words_are_stems_and_chinese_characters_one_by_one() -> None:
    assert words("Gifts and GIFT-giving, 30 days") == ["gift", "and", "gift", "give", "30", "day"]
    assert words("禁止收禮 of gifts") == ["禁", "止", "收", "禮", "of", "gift"]


def test_fused_scores_are_sums_of_reciprocal_ranks_and_a_passage_without_a_shared_word_has_no_second_rank(
    index: Index,
) -> None:
    question = "Must I wear a helmet?"
    ranks: list[dict[str, int]] = []
    for name in ("dense", "bm25"):
        (found,) = index.by(name).ranked([question])  # type: ignore[arg-type]
        ranks.append({one.passage.id: rank for rank, one in enumerate(found, 1)})
    assert len(ranks[1]) < len(ranks[0]), "BM25 should know nothing of passages that share no word"
    wanted = {name: sum(1 / (60 + of[name]) for of in ranks if name in of) for name in ranks[0]}
    (fused,) = index.ranked([question])
    assert {one.passage.id: one.score for one in fused} == pytest.approx(wanted, abs=1e-6)
    assert ids(fused)[0] == "safety.1"
    scores = [one.score for one in fused]
    assert scores == sorted(scores, reverse=True)


def test_no_more_passages_come_than_there_are(index: Index) -> None:
    (found,) = index.search(["Must I wear a helmet?"], top_k=99)
    assert sorted(ids(found)) == ["gifts.1", "gifts.2", "quiet.1", "safety.1"]
    assert ids(index.search(["Must I wear a helmet?"], top_k=1)[0]) == ["safety.1"]


def test_an_index_comes_back_from_disk_as_it_was_written(embedder: Embedder, index: Index, tmp_path: Path) -> None:
    write_index(tmp_path, index.passages, embedder)
    again = read_index(tmp_path, embedder)
    assert again.passages == index.passages
    assert again.search(["quiet"], 2) == index.search(["quiet"], 2)


def test_questions_embedded_in_advance_are_not_embedded_again_and_find_the_same(index: Index, tmp_path: Path) -> None:
    questions = ["quiet", "gifts", "quiet"]
    found = [index.search([question], 2)[0] for question in questions]
    embedder = Embedder(locate(MINILM))
    write_index(tmp_path, index.passages, embedder)
    again = read_index(tmp_path, embedder)
    again.embed_questions(questions)
    vars(embedder)["loaded"] = None  # any further text would fail to embed
    assert [again.search([question], 2)[0] for question in questions] == found


def test_a_document_without_passages_cannot_be_indexed(embedder: Embedder) -> None:
    with pytest.raises(InputError, match="no text to index"):
        Index([], np.zeros((0, 384), dtype=np.float32), embedder)


def with_prompts(folder: Path, prompts: dict[str, str]) -> str:
    """MiniLM, with prompts in its files as Qwen's embedders have them."""
    shutil.copytree(locate(MINILM), folder)
    path = folder / "config_sentence_transformers.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "prompts": prompts}))
    return str(folder)


@pytest.mark.slow
def test_questions_and_passages_get_the_embedder_s_own_prompts(embedder: Embedder, tmp_path: Path) -> None:
    shipped = Embedder(with_prompts(tmp_path / "one", {"query": "Question: ", "document": "Text: "}))
    for role, before in (("query", "Question: "), ("document", "Text: "), ("any", "")):
        got, wanted = shipped.vectors(["a gift"], role), embedder.vectors([f"{before}a gift"])  # type: ignore[arg-type]
        np.testing.assert_allclose(got, wanted, atol=1e-5, err_msg=role)
    e5 = Embedder(with_prompts(tmp_path / "e5-base-v2", {}))
    np.testing.assert_allclose(e5.vectors(["a gift"], "query"), embedder.vectors(["query: a gift"]), atol=1e-5)
    mine = Embedder(str(tmp_path / "one"), prompts={"query": "Q "})
    np.testing.assert_allclose(mine.vectors(["a gift"], "query"), embedder.vectors(["Q a gift"]), atol=1e-5)


def test_model_cards_prompts_are_known_by_name() -> None:
    assert known_prompts("intfloat/multilingual-e5-base") == {"query": "query: ", "document": "passage: "}
    assert known_prompts("BAAI/bge-small-en-v1.5")["query"].startswith("Represent this sentence")
    for other in ("intfloat/e5-mistral-7b-instruct", "Qwen/Qwen3-Embedding-0.6B", "BAAI/bge-m3", "all-minilm-l6-v2"):
        assert known_prompts(other) == {}, other


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cross-encoder with MiniLM's vocabulary and random weights."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("cross") / "model"
    tokenizer = AutoTokenizer.from_pretrained(locate(MINILM))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        num_labels=1, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    assert CrossEncoder(str(folder)).predict([("a", "b")]).shape == (1,)
    return str(folder)


@pytest.mark.slow
def test_a_cross_encoder_sorts_the_best_passages_and_leaves_the_others(index: Index, cross_encoder: str) -> None:
    question = "Must I wear a helmet?"
    (before,) = index.ranked([question])
    reranked = Index(index.passages, index.vectors, index.embedder, "fused", Reranker(cross_encoder, 3))
    (after,) = reranked.ranked([question])
    scores = Reranker(cross_encoder, 3).loaded.predict([(question, one.passage.text) for one in before[:3]])
    order = np.argsort(-np.ravel(scores), kind="stable")
    assert ids(after) == [*(before[at].passage.id for at in order), before[3].passage.id]
    assert [one.score for one in after[:3]] == pytest.approx(sorted(np.ravel(scores), reverse=True), abs=1e-5)


def test_a_reranker_that_is_no_model_is_refused_in_one_line(index: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be loaded"):
        Reranker(str(tmp_path), 3).sorted("?", index.ranked(["gift"])[0])


def test_passages_enter_the_last_user_turn_with_their_titles_and_no_other(inner: Any, index: Index) -> None:
    wrapped = RetrievalLM(inner, index, 1, TEMPLATE)
    history = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "May I telephone?"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Must I wear a helmet?"},
    ]
    shown = wrapped.apply_chat_template(history, add_generation_prompt=True)
    passage = "Safety\nWear a helmet in the old tower. Report broken steps at once."
    last = {"role": "user", "content": f"<{passage}> Must I wear a helmet?"}
    assert shown == inner.apply_chat_template([*history[:-1], last], add_generation_prompt=True)
    assert history[-1]["content"] == "Must I wear a helmet?", "the caller's messages stay as they were"
    assert ids(wrapped.retrieved[shown]) == ["safety.1"]


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
    texts = {one.id: one.text for one in index.passages}
    (samples,) = results["samples"].values()
    for row, item, sample in zip(rows, items, sorted(samples, key=lambda s: s["doc_id"]), strict=True):
        wanted = index.search([item.prompt], 2)[0]
        assert list(row.retrieved) == [(one.passage.id, one.score) for one in wanted]
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
    passages = [
        Passage("a.1", "a", "Gifts", ("a.1",), ("First {{ x }}.",)),
        Passage("b.1-2", "b", "Quiet", ("b.1", "b.2"), ("Second.", "Third.")),
    ]
    fixed = Index(passages, np.eye(3, 384, dtype=np.float32), index.embedder, "dense")
    shown = RetrievalLM(inner, fixed, 2, read_template(None)).apply_chat_template(
        [{"role": "user", "content": "What & why?"}]
    )
    assert "Gifts\nFirst {{ x }}." in shown
    assert "Quiet\nSecond.\n\nThird." in shown
    assert "[1] " in shown
    assert "[2] " in shown
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
