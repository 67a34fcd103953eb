"""Exact match equals lm-eval's, and metrics from other packages are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import pytest

from harness.metrics.base import METRICS, Metric, find
from harness.statistics.values import Values, mean_values
from valign import registry
from valign.errors import InputError

HYPOTHESES = ["Yes.", "yes", " No", "no!", "", "Maybe"]
REFERENCES = ["Yes.", "Yes", "No", "no", "", "maybe?"]


@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize("ignore_punctuation", [False, True])
def test_exact_match_equals_lm_eval_s(ignore_case: bool, ignore_punctuation: bool) -> None:
    from lm_eval.api.metrics import exact_match_hf_evaluate

    options = {"ignore_case": ignore_case, "ignore_punctuation": ignore_punctuation}
    scored = find("exact_match", {"strip": False, **options}).score(HYPOTHESES, REFERENCES)["exact_match"]
    expected = [
        float(exact_match_hf_evaluate(predictions=[hypothesis], references=[reference], **options)["exact_match"])
        for hypothesis, reference in zip(HYPOTHESES, REFERENCES, strict=True)
    ]
    assert scored.statistics[:, 0].tolist() == expected


def test_white_space_round_an_answer_does_not_count_by_default() -> None:
    scored = find("exact_match").score([" No\n"], ["No"])["exact_match"]
    assert scored.statistics.tolist() == [[1.0]]
    assert scored.signature == "exact match|valign|strip:yes|case:yes|punct:yes"


@dataclass(frozen=True)
class Length(Metric):
    """A metric of another package, with a setting that has no default."""

    unit: str
    name = "length"
    columns = ("length",)

    def score(self, hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Values]:
        """Characters of each hypothesis."""
        return {"length": mean_values([len(each) for each in hypotheses], f"length|{self.unit}")}


def test_a_metric_of_another_package_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("length", f"{__name__}:Length", "valign.metrics")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry] if group == "valign.metrics" else [])
    monkeypatch.setattr(registry, "_entry_points", registry._entry_points.__wrapped__)  # not what was read before
    assert "length" in METRICS.names()
    assert {"bleu", "chrf", "rouge", "bertscore"} < set(METRICS.names())
    assert not {"base", "_lcs", "_encoder"} & set(METRICS.names())
    scored = find("length", {"unit": "characters"}).score_many([["abc"], [""]], ["x"])
    assert [each["length"].statistics.tolist() for each in scored] == [[[3.0]], [[0.0]]]
    with pytest.raises(InputError, match="setting 'unit' is missing"):
        find("length")


def test_values_are_a_table_and_know_what_is_scored() -> None:
    assert Values(np.array([[1.0, 2.0], [np.nan, 1.0]]), "mean", "").scored.tolist() == [True, False]
    with pytest.raises(ValueError, match="shape"):
        Values(np.array([1.0]), "mean", "")
