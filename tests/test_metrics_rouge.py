"""ROUGE equals rouge-score to the last digits, on Google's own cases and on any text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from harness.metrics import _lcs
from harness.metrics.base import find
from harness.statistics import item_figures

SHARED = Path(__file__).parents[2] / "shared" / "data"
GOLDEN = json.loads((Path(__file__).parent / "golden" / "metrics.json").read_text(encoding="utf-8"))["google_rouge"]
COLUMNS = ("rouge1", "rouge2", "rougeL", "rougeLsum")

#: Few words, so that texts share many; newlines, so that Lsum has sentences; words that Porter's stemmer changes.
WORDS = st.sampled_from(["a", "b", "c", "running", "runs", "run", "\n", "\n", "İ", "Σ.", "--", "don't", "x1"])
TEXTS = st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=20)


def google(name: str) -> list[str]:
    path = SHARED / "metric_rouge_google" / name
    if not path.is_file():
        pytest.skip("needs shared/data/metric_rouge_google")
    return path.read_text(encoding="utf-8").splitlines()


def ours(hypotheses: list[str], references: list[str], stem: bool = True) -> dict[str, list[float]]:
    scored = find("rouge", {"use_stemmer": stem}).score(hypotheses, references)
    return {column: item_figures(values).tolist() for column, values in scored.items()}


@pytest.mark.parametrize(("stem", "key"), [(True, "stemmed"), (False, "unstemmed")])
def test_google_s_cases_equal_rouge_1_5_5(stem: bool, key: str) -> None:
    scored = ours(google("prediction.txt"), google("target.txt"), stem)
    for i, expected in enumerate(GOLDEN[key]):
        for column, figure in expected.items():
            assert scored[column][i] == pytest.approx(figure, abs=5e-6)


def test_google_s_many_sentences_equal_rouge_1_5_5() -> None:
    hypothesis, reference = ("\n".join(google(f"{name}_multi.0.txt")) for name in ("prediction", "target"))
    assert ours([hypothesis], [reference])["rougeLsum"][0] == pytest.approx(
        GOLDEN["multi_stemmed"]["rougeLsum"], abs=5e-6
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(hypothesis=TEXTS, reference=TEXTS, stem=st.booleans())
def test_any_text_scores_as_rouge_score_scores_it(hypothesis: str, reference: str, stem: bool) -> None:
    expected = rouge_scorer.RougeScorer(list(COLUMNS), use_stemmer=stem).score(reference, hypothesis)
    scored = ours([hypothesis], [reference], stem)
    for column in COLUMNS:
        assert scored[column][0] == pytest.approx(expected[column].fmeasure, abs=1e-12)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from("abcd"), max_size=80), st.lists(st.sampled_from("abcd"), max_size=80))
def test_the_lcs_is_the_very_one_rouge_score_finds(reference: list[str], hypothesis: list[str]) -> None:
    expected = rouge_scorer.lcs_ind(reference, hypothesis)
    assert _lcs.positions(reference, hypothesis)[::-1] == expected
    assert _lcs.length(reference, hypothesis) == len(expected)


def test_real_summaries_equal_rouge_score() -> None:
    path = SHARED / "metric_compare_mt"
    if not path.is_dir():
        pytest.skip("needs shared/data/metric_compare_mt")
    hypotheses, references = (
        [line.replace(" . ", " .\n") for line in (path / name).read_text(encoding="utf-8").splitlines()[:60]]
        for name in ("sum.sys1.eng", "sum.ref.eng")
    )
    scored, library = ours(hypotheses, references), rouge_scorer.RougeScorer(list(COLUMNS), use_stemmer=True)
    for i, (hypothesis, reference) in enumerate(zip(hypotheses, references, strict=True)):
        expected = library.score(reference, hypothesis)
        for column in COLUMNS:
            assert scored[column][i] == pytest.approx(expected[column].fmeasure, abs=1e-9)


def test_an_empty_answer_scores_zero_and_the_signature_says_how() -> None:
    scored = find("rouge").score(["", "a", "..."], ["a", "", "a"])
    assert list(scored) == list(COLUMNS)
    assert all(item_figures(values).tolist() == [0, 0, 0] for values in scored.values())
    assert scored["rougeLsum"].signature.startswith("rougeLsum|rouge-score|stem:porter|measure:f1|sentences:lines|")
    assert "stem:no" in find("rouge", {"use_stemmer": False}).score(["a"], ["a"])["rouge1"].signature
