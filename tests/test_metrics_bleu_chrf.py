"""BLEU, chrF and the length ratio equal sacrebleu, per corpus, per item and per subset, and its published figures."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import sacrebleu

from harness.metrics.base import find
from harness.statistics import Resampler, compare, estimate, item_figures
from harness.statistics.compare import sacrebleu_p
from harness.statistics.resample import figures
from harness.statistics.values import Values
from valign.errors import InputError

SHARED = Path(__file__).parents[2] / "shared" / "data"
GOLDEN = json.loads((Path(__file__).parent / "golden" / "metrics.json").read_text(encoding="utf-8"))
REFERENCES = ["The cat sat on the mat.", "It rains.", "He bit the dog, twice.", "", "One two three four five six"]
HYPOTHESES = ["The cat sat on a mat.", "", "The dog bit him.", "Something", "One two three four five six seven"]


def corpus(values: Values, rows: list[int] | None = None) -> float:
    """The figure of all items, or of some."""
    chosen = values.statistics if rows is None else values.statistics[rows]
    sums = np.append(chosen.sum(axis=0), len(chosen))
    return float(figures(values, sums[None, :])[0])


def compare_mt(name: str) -> list[str]:
    path = SHARED / "metric_compare_mt" / name
    if not path.is_file():
        pytest.skip("needs shared/data/metric_compare_mt")
    return path.read_text(encoding="utf-8").splitlines()


def wmt17(name: str) -> list[str]:
    path = SHARED / "metric_sacrebleu" / "wmt17_en_de" / f"{name}.txt.gz"
    if not path.is_file():
        pytest.skip("needs shared/data/metric_sacrebleu")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read().split("\n")[:3004]


@pytest.mark.parametrize("smoothing", ["exp", "floor", "add-k", "none"])
@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [0], [1], [2], [3], [4], [1, 3], [2, 2, 2, 4]])
def test_bleu_of_any_resample_is_sacrebleu_s(smoothing: str, rows: list[int]) -> None:
    values = find("bleu", {"smooth_method": smoothing}).score(HYPOTHESES, REFERENCES)["bleu"]
    expected = sacrebleu.BLEU(smooth_method=smoothing, force=True).corpus_score(
        [HYPOTHESES[i] for i in rows], [[REFERENCES[i] for i in rows]]
    )
    assert corpus(values, rows) == pytest.approx(expected.score, abs=1e-9)


@pytest.mark.parametrize("settings", [{}, {"word_order": 2}, {"char_order": 3, "lowercase": True, "whitespace": True}])
def test_chrf_of_any_resample_is_sacrebleu_s(settings: dict[str, int]) -> None:
    values = find("chrf", settings).score(HYPOTHESES, REFERENCES)["chrf"]
    for rows in ([0, 1, 2, 3, 4], [0], [1], [3], [1, 3], [0, 0, 2]):
        expected = sacrebleu.CHRF(**settings).corpus_score(
            [HYPOTHESES[i] for i in rows], [[REFERENCES[i] for i in rows]]
        )
        assert corpus(values, rows) == pytest.approx(expected.score, abs=1e-9)


def test_item_figures_are_sacrebleu_s_sentence_scores() -> None:
    bleu = item_figures(find("bleu").score(HYPOTHESES, REFERENCES)["bleu"])
    chrf = item_figures(find("chrf").score(HYPOTHESES, REFERENCES)["chrf"])
    for i, (hypothesis, reference) in enumerate(zip(HYPOTHESES, REFERENCES, strict=True)):
        assert bleu[i] == pytest.approx(sacrebleu.sentence_bleu(hypothesis, [reference]).score, abs=1e-9)
        assert chrf[i] == pytest.approx(sacrebleu.sentence_chrf(hypothesis, [reference]).score, abs=1e-9)


def test_ted_talks_equal_sacrebleu_and_compare_mt() -> None:
    reference, first = compare_mt("ted.ref.eng"), compare_mt("ted.sys1.eng")
    values = find("bleu", {"tokenize": "none"}).score(first, reference)["bleu"]
    assert corpus(values) == pytest.approx(GOLDEN["compare_mt"]["bleu"], abs=0.005)
    expected = sacrebleu.corpus_bleu(first, [reference], tokenize="none", force=True)
    assert corpus(values) == pytest.approx(expected.score, abs=1e-9)
    ratio = find("length_ratio", {"tokenize": "none"}).score(first, reference)["length_ratio"]
    assert corpus(ratio) == GOLDEN["compare_mt"]["hypothesis_tokens"] / GOLDEN["compare_mt"]["reference_tokens"]
    chrf = find("chrf").score(first[:200], reference[:200])["chrf"]
    assert corpus(chrf) == pytest.approx(sacrebleu.corpus_chrf(first[:200], [reference[:200]]).score, abs=1e-9)


def test_length_ratio_is_the_one_printed_beside_bleu() -> None:
    values = find("length_ratio").score(HYPOTHESES, REFERENCES)["length_ratio"]
    assert corpus(values) == sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).ratio


def test_wmt17_scores_and_tests_of_the_sacrebleu_readme() -> None:
    """Five systems' BLEU and chrF; the p-values of online-B, published from 1,000 resamples and 10,000 trials."""
    published = GOLDEN["wmt17_readme"]
    systems = list(published["systems"])
    texts, reference = [wmt17(name) for name in systems], wmt17("reference")
    resampler = Resampler(len(reference))
    for metric, texts_used in (("bleu", 5), ("chrf", 3)):
        scored = [each[metric] for each in find(metric).score_many(texts[:texts_used], reference)]
        for name, values in zip(systems, scored, strict=False):
            assert round(corpus(values), 1) == published["systems"][name][metric]
        p = published["online-B"][metric]
        other = systems.index("newstest2017.online-B.0.en-de")
        noise = 4 * (p["paired_bootstrap"] / 1000) ** 0.5
        assert sacrebleu_p(scored[other], scored[0], resampler) == pytest.approx(p["paired_bootstrap"], abs=noise)
        found = compare(scored[other], scored[0], resampler)
        noise = 4 * (2 * p["randomisation"] * (1 - p["randomisation"]) / 10_000) ** 0.5
        assert found.p_randomisation == pytest.approx(p["randomisation"], abs=noise)
        assert found.p_bootstrap == pytest.approx(p["randomisation"], abs=0.02)


def test_references_are_shared_and_systems_do_not_mix() -> None:
    for name in ("bleu", "chrf", "length_ratio"):
        metric = find(name)
        single = [metric.score(each, REFERENCES) for each in (HYPOTHESES, REFERENCES)]
        for one, both in zip(single, metric.score_many([HYPOTHESES, REFERENCES], REFERENCES), strict=True):
            assert list(one) == list(both) == list(metric.columns)
            assert np.array_equal(one[name].statistics, both[name].statistics)


def test_signatures_are_sacrebleu_s_and_the_same_without_items() -> None:
    for name, kind in (("bleu", sacrebleu.BLEU), ("chrf", sacrebleu.CHRF)):
        metric = kind()
        metric.corpus_score(HYPOTHESES, [REFERENCES])
        signature = find(name).score(HYPOTHESES, REFERENCES)[name].signature
        assert signature.endswith(str(metric.get_signature()))
        empty = find(name).score([], [])[name]
        assert empty.signature == signature
        assert len(empty.statistics) == 0


def test_no_items_and_no_overlap_give_figures_without_a_crash() -> None:
    values = find("bleu").score(["a"], ["b"])["bleu"]
    assert estimate(values, Resampler(1)).value == 0.0


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("bluu", {}, "unknown metric 'bluu': did you mean 'bleu'?"),
        ("bleu", {"tokenise": "13a"}, "unknown setting of metric bleu 'tokenise': did you mean 'tokenize'?"),
        ("bleu", {"tokenize": "31a"}, "unknown tokenize of metric bleu '31a': did you mean '13a'?"),
        ("bleu", {"lowercase": 1}, "metric bleu: lowercase: expected bool, not 1"),
        ("bleu", {"smooth_method": "log"}, "unknown smooth_method"),
        ("chrf", {"char_order": 0}, "char_order must be 1 or more"),
        ("length_ratio", {"tokenize": "x"}, "unknown tokenize of metric length_ratio"),
        ("../bleu", {}, "unknown metric"),
        ("base", {}, "unknown metric"),
    ],
)
def test_a_wrong_name_or_setting_is_reported_in_one_line(name: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        find(name, settings)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_hypothesis_is_a_bug_and_not_padded() -> None:
    for name in ("bleu", "chrf", "rouge", "length_ratio", "exact_match"):
        with pytest.raises(ValueError, match="1 hypotheses for 2 references"):
            find(name).score(["a"], ["a", "b"])
