"""Both orders of every pair are judged, a tie is half a win, and what a judge failed to say is no one's loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.answers import Answer
from harness.judges.base import Judgement, Pairing
from harness.judges.reference_similarity import ReferenceSimilarity
from harness.judging import Verdict, audit, find_judge, judge_pair, known_judges, points, win_points
from tasks.errors import InputError

REFERENCE = "No. Report the gift to the compliance office."


def answers(*texts: str) -> list[Answer]:
    return [Answer(f"q{n}", "gifts", "fact", True, "May I keep it?", REFERENCE, t) for n, t in enumerate(texts)]


class Scripted:
    """A judge that follows a word in the answers: `good` beats the rest; `shown` twice: the one shown first."""

    name = "scripted"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        return [Judgement(self._prefers(p.first, p.second), f"{p.first} / {p.second}") for p in pairings]

    def _prefers(self, first: str, second: str):
        if "mute" in first + second:
            return "unparsed"
        if first == second == "shown":
            return "first"
        return "tie" if first == second else "first" if first == "good" else "second"


def test_every_pair_is_judged_in_both_orders_and_the_winner_is_a_system_not_a_position() -> None:
    verdicts = judge_pair(Scripted(), answers("good", "bad"), answers("bad", "good"), ("a", "b"))
    assert [(v.item, v.order, v.winner) for v in verdicts] == [
        ("q0", "first-second", "first"), ("q0", "second-first", "first"),
        ("q1", "first-second", "second"), ("q1", "second-first", "second"),
    ]  # fmt: skip
    assert verdicts[1].reason == "bad / good", "the second order shows the second system's answer first"
    assert {(v.first, v.second, v.judge) for v in verdicts} == {("a", "b", "scripted")}


def test_a_judge_that_follows_the_position_gives_half_a_point_and_disagrees_with_itself() -> None:
    verdicts = judge_pair(Scripted(), answers("shown", "good"), answers("shown", "bad"), ("a", "b"))
    assert points(verdicts, ["q0", "q1"]).tolist() == [0.5, 1.0]
    assert audit(verdicts)["orders_agree"] == 0.5


def test_a_tie_is_half_a_point() -> None:
    verdicts = judge_pair(Scripted(), answers("same"), answers("same"), ("a", "b"))
    assert points(verdicts, ["q0"]).tolist() == [0.5]
    assert audit(verdicts) == {"orders_agree": 1.0, "ties": 1.0, "unparsed": 0.0}


def said(item: str, *winners: str) -> list[Verdict]:
    orders = ("first-second", "second-first")
    return [Verdict(item, "a", "b", order, w, "j", "") for order, w in zip(orders, winners, strict=True)]


def test_an_unparsed_verdict_is_neither_a_loss_nor_a_tie() -> None:
    verdicts = [
        *said("q0", "unparsed", "unparsed"),
        *said("q1", "first", "unparsed"),
        *said("q2", "unparsed", "second"),
    ]
    gained = points(verdicts, ["q0", "q1", "q2"])
    assert np.isnan(gained[0])
    assert gained[1:].tolist() == [1.0, 0.0]
    assert audit(verdicts)["unparsed"] == pytest.approx(4 / 6)
    assert audit(verdicts)["ties"] == 0.0


def test_two_unparsed_orders_are_no_agreement() -> None:
    verdicts = [*said("q0", "unparsed", "unparsed"), *said("q1", "first", "second")]
    assert audit(verdicts)["orders_agree"] == 0.0
    assert np.isnan(audit(said("q0", "unparsed", "unparsed"))["orders_agree"])


def test_a_win_rate_is_the_mean_over_the_opponents_that_have_a_verdict() -> None:
    nan = float("nan")
    pairs = {
        ("a", "b"): np.array([1.0, 0.0, nan]),
        ("a", "c"): np.array([0.5, nan, nan]),
        ("b", "c"): np.array([1.0, 1.0, 1.0]),
    }
    np.testing.assert_array_equal(win_points(pairs, "a"), [0.75, 0.0, nan])
    np.testing.assert_array_equal(win_points(pairs, "b"), [0.5, 1.0, 1.0])
    np.testing.assert_array_equal(win_points(pairs, "c"), [0.25, 0.0, 0.0])


def test_systems_that_answered_other_items_are_not_compared() -> None:
    with pytest.raises(InputError, match="did not answer the same items"):
        judge_pair(Scripted(), answers("x", "y"), answers("x"), ("a", "b"))


def test_reference_similarity_prefers_the_answer_nearer_the_reference_and_ties_within_the_margin() -> None:
    near, far = "Tell the compliance office about the gift.", "Bananas grow in warm countries."
    verdicts = judge_pair(ReferenceSimilarity(), answers(near, far, near), answers(far, near, near), ("a", "b"))
    assert [v.winner for v in verdicts] == ["first"] * 2 + ["second"] * 2 + ["tie"] * 2
    assert {v.judge for v in verdicts} == {"reference-similarity"}
    wide = judge_pair(ReferenceSimilarity(margin=2.0), answers(near), answers(far), ("a", "b"))
    assert {v.winner for v in wide} == {"tie"}


def test_an_empty_answer_does_not_win() -> None:
    verdicts = judge_pair(ReferenceSimilarity(), answers(""), answers("Report the gift to the office."), ("a", "b"))
    assert {v.winner for v in verdicts} == {"second"}


def test_judges_are_found_by_name_and_their_settings_are_checked() -> None:
    assert "reference-similarity" in known_judges()
    judge = find_judge("reference-similarity", {"margin": 0.5})
    assert isinstance(judge, ReferenceSimilarity)
    assert judge.margin == 0.5
    with pytest.raises(InputError, match="unknown judge 'reference-similarty': did you mean 'reference-similarity'"):
        find_judge("reference-similarty", {})
    with pytest.raises(InputError, match="unknown setting of judge reference-similarity 'margn'"):
        find_judge("reference-similarity", {"margn": 0.5})
