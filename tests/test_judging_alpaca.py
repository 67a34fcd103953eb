"""AlpacaEval's annotations are read with notices, and the figures are those of its leaderboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.judging.alpaca import Annotation, leaderboard, read_annotations, verdicts_of, write_annotations
from harness.judging.humans import annotated_pairs, validate
from harness.judging.imported import annotations_report
from harness.judging.judge import Judgement, Pairing
from valign.errors import InputError


def row(number: int, preference: Any, **changed: Any) -> dict[str, Any]:
    given = {
        "instruction": f"ask {number}", "output_1": "base says", "generator_1": "base",
        "output_2": "model says more", "generator_2": "model", "preference": preference,
    }  # fmt: skip
    return {**given, **changed}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def to_file(*rows: Any, lines: bool = False) -> Path:
        path = tmp_path / "annotations.json"
        path.write_text("\n".join(json.dumps(one) for one in rows) if lines else json.dumps(rows))
        return path

    return to_file


def test_the_leaderboards_figures_are_those_of_the_formula(write: Callable[..., Path]) -> None:
    """Preferences 1, 2, 2, 1.5 and a null: (0 + 1 + 1 + 0.5) / 4, and the standard error of those four."""
    read = read_annotations(write(row(0, 1), row(1, 2), row(2, 2.0), row(3, 1.5), row(4, None)))
    (one,) = leaderboard(read.annotations)
    assert (one.system, one.baseline) == ("model", "base")
    assert one.win_rate == 62.5
    assert one.standard_error == pytest.approx(100 * 0.478714 / 2, abs=1e-4)
    assert (one.n_wins, one.n_wins_base, one.n_draws, one.n_total, one.n_unparsed) == (2, 1, 1, 4, 1)
    assert one.average_length == len("model says more")


def test_soft_preferences_count_as_they_are_and_rounded_in_the_discrete_rate(write: Callable[..., Path]) -> None:
    read = read_annotations(write(row(0, 1.9), row(1, 1.2), row(2, 1.6), lines=True))
    (one,) = leaderboard(read.annotations)
    assert one.win_rate == pytest.approx(100 * (0.9 + 0.2 + 0.6) / 3)
    assert one.discrete_win_rate == pytest.approx(200 / 3)
    report = annotations_report(read.annotations, resamples=100)
    assert report is not None
    assert report.wins["model"].value == pytest.approx((0.9 + 0.2 + 0.6) / 3)
    assert [v.share for v in verdicts_of(read.annotations)] == pytest.approx([0.1, 0.8, 0.4])


def test_deviations_from_the_format_are_read_and_noticed(write: Callable[..., Path]) -> None:
    bare = {"instruction": "ask", "output_1": "a", "output_2": "b"}
    read = read_annotations(write(row(0, 0), row(1, "2"), row(2, 7), bare, row(3, float("nan"), price=0.1)))
    assert [one.preference for one in read.annotations] == [1.5, 2.0, None, None, None]
    assert read.annotations[3].generator_2 == "output_2"
    notices = "\n".join(read.notices)
    for notice in (
        "1 rows: 'preference' 0, the old way to write a tie", "1 rows: 'preference' written as text",
        "1 rows: 'preference' beyond 1 to 2", "1 rows: without 'preference'", "1 rows: without 'generator_1'",
        "keys beyond the format, kept as they are: price",
    ):  # fmt: skip
        assert notice in notices


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(0, 1), {"instruction": "ask", "output_1": "a"}], "row 2: 'output_2' is missing or no text"),
        ([row(0, "first")], "row 1: 'preference' must be a number from 1 to 2 or null, not 'first'"),
        ([], "expected a list of one or more annotations"),
        (["text"], "expected a list of one or more annotations"),
    ],
)
def test_an_invalid_row_is_named_in_the_error(write: Callable[..., Path], rows: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_annotations(write(*rows))


def test_a_file_written_is_the_file_read(write: Callable[..., Path], tmp_path: Path) -> None:
    rows = [row(0, 1.0, annotator="gpt", dataset="koala"), row(1, None), row(2, 1.25)]
    again = tmp_path / "again.json"
    again.write_text(write_annotations(read_annotations(write(*rows)).annotations))
    assert json.loads(again.read_text()) == rows


def test_the_same_pair_the_other_way_round_is_the_other_order_of_one_pair(write: Callable[..., Path]) -> None:
    swapped = row(0, 1.0, output_1="model says more", generator_1="model", output_2="base says", generator_2="base")
    verdicts = verdicts_of(read_annotations(write(row(0, 2.0), swapped)).annotations)
    assert [(v.first, v.second, v.order, v.winner) for v in verdicts] == [
        ("base", "model", "first-second", "second"), ("base", "model", "second-first", "second"),
    ]  # fmt: skip
    report = annotations_report(read_annotations(write(row(0, 2.0), swapped)).annotations, resamples=100)
    assert report is not None
    assert report.audit.orders_agree is not None
    assert report.audit.orders_agree.value == 1.0


class Knowing:
    """A judge that prefers the answer with `right` in it, but where the prompt says `hard`, the other one."""

    name = "knowing"

    def judge(self, pairings: list[Pairing]) -> list[Judgement]:
        return [Judgement("first" if ("right" in p.first) != ("hard" in p.prompt) else "second", "") for p in pairings]


def annotation(prompt: str, preference: float, annotator: int, right_first: bool = True) -> Annotation:
    outputs = ("right", "wrong") if right_first else ("wrong", "right")
    return Annotation(prompt, outputs[0], "x", outputs[1], "y", preference, {"annotator_index": annotator})


def test_a_judge_is_compared_with_the_agreement_among_humans() -> None:
    """Four pairs; the humans of one disagree; the judge is wrong on the hard one."""
    annotations = [
        annotation("a", 1.0, 0), annotation("a", 1.0, 1), annotation("b", 1.0, 0), annotation("b", 2.0, 1),
        annotation("hard c", 1.0, 0), annotation("hard c", 1.0, 1), annotation("d", 1.5, 0), annotation("d", 1.0, 1),
    ]  # fmt: skip
    found = validate(Knowing(), annotated_pairs(annotations), resamples=200)
    assert found.pairs == 4
    assert found.judge.value == pytest.approx((1 + 0.5 + 0 + 0.75) / 4)
    assert found.humans is not None
    assert found.humans.value == pytest.approx((1 + 0 + 1 + 0.5) / 4)
    assert found.difference is not None
    assert found.difference.difference.value == pytest.approx(-0.0625)
    assert found.sides.value == pytest.approx((1 + 0.5 + 0 + 1) / 4)


def test_both_orders_of_the_outputs_are_one_pair() -> None:
    pairs = annotated_pairs([annotation("a", 1.0, 0), annotation("a", 2.0, 1, right_first=False)])
    assert [pair.humans for pair in pairs] == [(1.0, 1.0)]
    single = validate(Knowing(), annotated_pairs([annotation("a", 1.0, 0)]), resamples=100)
    assert single.humans is None
    assert single.judge.value == 1.0
    assert np.isnan(single.judge.low), "one pair has no interval"
