"""lm-eval's samples: each metric has lm-eval's own aggregation, filters stay apart, what is odd is said."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.run.logs.base import aggregated
from harness.run.logs.lm_eval import read_samples
from harness.run.logs.open import read_logs
from harness.statistics.values import Values
from valign.errors import InputError
from valign.jsonl import write_rows

DATE = "2026-01-01T00-00-00.000000"


def rows(values: dict[str, Sequence[Any]], **changed: Any) -> list[dict[str, Any]]:
    """Samples with these values by metric; no text was asked for."""
    found = []
    for n, of_item in enumerate(zip(*values.values(), strict=True)):
        doc = {"question": f"{n} + 1?"}
        row = {"doc_id": n, "doc": doc, "target": "0", "arguments": {"gen_args_0": {"arg_0": f"{n} + 1"}}}
        row |= {"resps": [["-1.0"]], "filtered_resps": ["-1.0"], "filter": "none", "metrics": list(values)}
        found.append({**row, **dict(zip(values, of_item, strict=True)), **changed})
    return found


def read(folder: Path, samples: list[dict[str, Any]], results: dict[str, float] | None = None) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"samples_sums_{DATE}.jsonl"
    write_rows(file, samples)
    if results is not None:
        data = {"results": {"sums": results}, "model_name": "org/model", "lm_eval_version": "0.4.13"}
        (folder / f"results_{DATE}.json").write_text(json.dumps(data))
    return read_samples(file, lambda column: True)


def figure(values: Values) -> float:
    return aggregated(values)


def test_every_aggregation_is_lm_eval_s(tmp_path: Path) -> None:
    """Against lm-eval's own functions on random items."""
    from lm_eval.api import metrics

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, size=(40, 2)).tolist()
    binary = rng.integers(0, 2, size=(40, 2)).tolist()
    lengths = [[float(a), int(b)] for a, b in zip(rng.normal(-20, 4, 40), rng.integers(1, 9, 40), strict=True)]
    briers = [[int(g), p.tolist()] for g, p in zip(rng.integers(0, 4, 40), rng.dirichlet(np.ones(4), 40), strict=True)]
    logged = {
        "acc": (rng.random(40) < 0.5).tolist(), "perplexity": rng.normal(-2, 0.3, 40).tolist(),
        "word_perplexity": lengths, "byte_perplexity": lengths, "bits_per_byte": lengths,
        "f1": binary, "mcc": labels, "brier_score": briers,
    }  # fmt: skip
    found = read(tmp_path, rows(logged))
    expected = {
        "acc": metrics.mean, "perplexity": metrics.perplexity, "word_perplexity": metrics.weighted_perplexity,
        "byte_perplexity": metrics.weighted_perplexity, "bits_per_byte": metrics.bits_per_byte,
        "f1": metrics.f1_score, "mcc": metrics.matthews_corrcoef, "brier_score": metrics.brier_score,
    }  # fmt: skip
    assert set(found.columns) == set(expected)
    for name, function in expected.items():
        assert figure(found.columns[name]) == pytest.approx(function(logged[name]), rel=1e-9), name


def test_lm_eval_s_own_figure_is_the_check(tmp_path: Path) -> None:
    """A task's own aggregation is no mean: its metric is left out, and the reason named."""
    values = {"acc": [1.0, 0.0, 1.0, 1.0], "score": [1.0, 2.0, 3.0, 10.0]}
    found = read(tmp_path, rows(values), {"acc,none": 0.75, "score,none": 2.5, "score_stderr,none": 0.1})
    assert list(found.columns) == ["acc"]
    assert found.notes == ("score is left out: the harness's own figure is 2.5, that of its items by mean 4",)
    assert (found.model, found.harness) == ("org/model", "lm-eval 0.4.13")


def test_filters_stay_apart(tmp_path: Path) -> None:
    strict, flexible = [0.0, 0.0, 1.0], [1.0, 0.0, 1.0]
    both = rows({"exact_match": strict}, filter="strict-match") + rows({"exact_match": flexible}, filter="flexible")
    found = read(tmp_path, both, {"exact_match,strict-match": 1 / 3, "exact_match,flexible": 2 / 3})
    assert {name: figure(one) for name, one in found.columns.items()} == pytest.approx(
        {"exact_match,strict-match": 1 / 3, "exact_match,flexible": 2 / 3}
    )
    assert len(found.items) == 3
    with pytest.raises(InputError, match=r"different numbers of documents \(strict-match 3, flexible 2\)"):
        read(tmp_path, both[:-1])


def test_a_document_that_is_there_twice_is_said_or_refused(tmp_path: Path) -> None:
    samples = rows({"acc": [1.0, 0.0, 1.0]})
    found = read(tmp_path, [*samples, samples[1]])
    assert (len(found.items), found.notes) == (3, ("1 rows that repeat another one are left out",))
    with pytest.raises(InputError, match=r":4: doc_id 1 was in line 2 already, with other values"):
        read(tmp_path, [*samples, {**samples[1], "acc": 1.0}])


def test_ids_of_text_are_ids(tmp_path: Path) -> None:
    samples = rows({"acc": [1.0, 0.0, 1.0]})
    for row, name in zip(samples, ("b", "10", "a"), strict=True):
        row["doc_id"] = name
    assert [item.id.split()[1] for item in read(tmp_path, samples).items] == ["10", "a", "b"]


def test_samples_before_0_4_7_do_not_list_their_metrics(tmp_path: Path) -> None:
    new = rows({"acc": [1.0, 0.0]})
    old = [{key: one for key, one in row.items() if key not in ("metrics", "filter")} for row in new]
    assert figure(read(tmp_path, old).columns["acc"]) == 0.5


def test_a_null_is_one_unscored_item(tmp_path: Path) -> None:
    found = read(tmp_path, rows({"acc": [None, 0.0, 1.0]})).columns["acc"]
    assert math.isnan(found.statistics[0, 0])
    assert found.reasons == ((0, "lm-eval logged no value"),)
    assert figure(found) == 0.5


def test_what_a_system_answered_is_its_text_or_the_likeliest_option(tmp_path: Path) -> None:
    asked = {"gen_args_0": {"arg_0": "Q", "arg_1": {"until": []}}}
    (sample,) = rows({"exact_match": [1.0]}, arguments=asked, resps=[["so it is #### 4"]], filtered_resps=["4"])
    assert read(tmp_path, [{**sample, "filter": "strict-match"}]).answers[0].text == "so it is #### 4"
    assert read(tmp_path, [sample]).answers[0].text == "4"
    options = {f"gen_args_{n}": {"arg_0": "Q", "arg_1": option} for n, option in enumerate((" yes", " no"))}
    likely = [["-3.0", "False"], ["-1.0", "False"]]
    (sample,) = rows({"acc": [0.0]}, arguments=options, filtered_resps=likely, target="0")
    answer = read(tmp_path, [sample]).answers[0]
    assert (answer.text, answer.reference) == ("no", "yes")
    whole = read(tmp_path, rows({"word_perplexity": [[-9.0, 3]]}))
    assert whole.answers == ()
    assert set(whole.columns) == {"word_perplexity"}, "a log-likelihood is no text to score"


def test_the_newest_of_several_logs_is_taken_and_the_others_named(tmp_path: Path) -> None:
    for date, right in (("2026-01-01T00-00-00", 0.0), ("2026-02-01T00-00-00", 1.0)):
        write_rows(tmp_path / f"samples_sums_{date}.jsonl", rows({"acc": [right, right]}))
    (found,) = read_logs(tmp_path)
    assert figure(found.columns["acc"]) == 1.0
    assert found.notes[0].startswith("samples_sums_2026-01-01T00-00-00.jsonl is passed over: ")


def test_evaluate_shows_each_filter_and_a_perplexity_as_lm_eval_does() -> None:
    from harness.report.evaluation import task_rows

    both = rows({"exact_match": [0.0, 1.0, 1.0, 1.0]}, filter="strict-match")
    both += rows({"exact_match": [1.0, 1.0, 1.0, 1.0]}, filter="flexible")
    shown, notes = task_rows("gsm8k", both, {})
    assert [(row[1], row[2].split()[0], row[3]) for row in shown] == [
        ("exact_match,strict-match", "0.750", "4"),
        ("exact_match,flexible", "1.000", "4"),
    ]
    shown, notes = task_rows("lambada", rows({"perplexity": [-1.0, -2.0, -1.5]}), {"perplexity,none": math.exp(1.5)})
    assert shown[0][2].startswith("4.482 ")
    assert notes == []
