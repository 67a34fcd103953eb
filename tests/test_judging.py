"""Both orders of every pair are judged, a tie is half a win, and an unparsed verdict is neither a loss nor a tie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.judging.audit import audit
from harness.judging.contests import Contest, judge_contests
from harness.judging.judge import Judge, Judgement, Pairing
from harness.judging.judges.reference_similarity import ReferenceSimilarity
from harness.judging.registry import JUDGES, find_judge
from harness.judging.verdicts import Verdict, VerdictArrays, as_rows, from_row
from harness.judging.win_rates import head_to_head, win_rates
from harness.models.answers import Answer
from harness.statistics import Resampler, estimate
from valign.errors import InputError

REFERENCE = "No. Report the gift to the compliance office."


def answers(*texts: str) -> list[Answer]:
    return [Answer(f"q{n}", "gifts", "fact", True, "May I keep it?", REFERENCE, t) for n, t in enumerate(texts)]


def judge_pair(
    judge: Judge, first: Sequence[Answer], second: Sequence[Answer], names: tuple[str, str]
) -> list[Verdict]:
    return list(judge_contests(judge, [Contest(names, first, second)])[0].verdicts)


class Scripted:
    """A judge by keywords: `good` wins, equal answers tie, two `shown` go to the first position, `mute` is unparsed."""

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


def arrays(verdicts: Sequence[Verdict]) -> VerdictArrays:
    return VerdictArrays.of(verdicts, sorted({verdict.item for verdict in verdicts}))


def points(verdicts: Sequence[Verdict]) -> np.ndarray:
    return arrays(verdicts).points[0, 1]


def audited(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    """The audit's values by figure."""
    found = audit(arrays(verdicts), Resampler(len({v.item for v in verdicts}), resamples=100))
    figures = {"agree": found.orders_agree, "first": found.position, "ties": found.ties, "unparsed": found.unparsed}
    return {name: None if figure is None else round(figure.value, 6) for name, figure in figures.items()}


def test_a_position_bias_gives_half_a_point_and_no_agreement() -> None:
    verdicts = judge_pair(Scripted(), answers("shown", "good"), answers("shown", "bad"), ("a", "b"))
    assert points(verdicts).tolist() == [0.5, 1.0]
    assert audited(verdicts) == {"agree": 0.5, "first": 0.75, "ties": 0.0, "unparsed": 0.0}


def test_a_tie_is_half_a_point() -> None:
    verdicts = judge_pair(Scripted(), answers("same"), answers("same"), ("a", "b"))
    assert points(verdicts).tolist() == [0.5]
    assert audited(verdicts) == {"agree": 1.0, "first": 0.5, "ties": 1.0, "unparsed": 0.0}


def verdicts_on(item: str, *winners: str, of: tuple[str, str] = ("a", "b")) -> list[Verdict]:
    orders = ("first-second", "second-first")
    return [Verdict(item, *of, order, w, "j", "") for order, w in zip(orders, winners, strict=False)]


def test_an_unparsed_verdict_is_neither_a_loss_nor_a_tie() -> None:
    verdicts = [
        *verdicts_on("q0", "unparsed", "unparsed"),
        *verdicts_on("q1", "first", "unparsed"),
        *verdicts_on("q2", "unparsed", "second"),
    ]
    gained = points(verdicts)
    assert np.isnan(gained[0])
    assert gained[1:].tolist() == [1.0, 0.0]
    assert audited(verdicts) == {"agree": 0.0, "first": None, "ties": 0.0, "unparsed": round(4 / 6, 6)}


def test_two_unparsed_orders_are_left_out_of_the_agreement() -> None:
    assert audited([*verdicts_on("q0", "unparsed", "unparsed"), *verdicts_on("q1", "first", "second")])["agree"] == 0.0
    assert audited([*verdicts_on("q0", "unparsed", "unparsed"), *verdicts_on("q1", "first", "first")])["agree"] == 1.0
    assert audited(verdicts_on("q0", "unparsed", "unparsed"))["agree"] is None


def test_a_single_order_gives_no_agreement_and_no_position() -> None:
    assert audited([*verdicts_on("q0", "first"), *verdicts_on("q1", "second")])["agree"] is None
    assert audited([*verdicts_on("q0", "first"), *verdicts_on("q1", "second")])["first"] is None


def test_a_win_rate_is_the_mean_over_opponents_of_the_share_of_items_judged_against_each() -> None:
    verdicts = [
        *verdicts_on("q0", "first", "first"), *verdicts_on("q1", "second", "second"),
        *verdicts_on("q2", "unparsed", "unparsed"),
        *verdicts_on("q0", "tie", "tie", of=("a", "c")), *verdicts_on("q0", "first", "first", of=("b", "c")),
        *verdicts_on("q1", "first", "second", of=("b", "c")), *verdicts_on("q2", "first", "unparsed", of=("b", "c")),
    ]  # fmt: skip
    resampler = Resampler(3, resamples=100)
    found = {name: estimate(values, resampler) for name, values in win_rates(arrays(verdicts), "j").items()}
    assert {name: round(one.value, 6) for name, one in found.items()} == {
        "a": 0.5,  # 1 of 2 against b, half of 1 against c
        "b": round((0.5 + 2.5 / 3) / 2, 6),
        "c": round((0.5 + 0.5 / 3) / 2, 6),
    }
    assert {name: (one.n, one.n_unscored) for name, one in found.items()} == {"a": (2, 1), "b": (3, 0), "c": (3, 0)}
    against = {pair: estimate(values, resampler).value for pair, values in head_to_head(arrays(verdicts), "j").items()}
    assert against["b", "c"] == pytest.approx(2.5 / 3)
    assert against["c", "b"] == pytest.approx(0.5 / 3)


def test_a_soft_preference_counts_as_it_is_and_a_verdict_keeps_it_on_disk() -> None:
    soft = Verdict("q0", "a", "b", "first-second", "first", "j", "p 0.7", 0.7, (("x", 1.0), ("y", None)))
    assert points([soft]).tolist() == [0.7]
    assert from_row(as_rows([soft])[0]) == soft
    plain = verdicts_on("q0", "tie")[0]
    assert set(as_rows([plain])[0]) == {"item", "first", "second", "order", "winner", "judge", "reason"}
    assert from_row(as_rows([plain])[0], first="new").first == "new"


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
    assert "reference-similarity" in JUDGES.names()
    judge = find_judge("reference-similarity", {"margin": 0.5})
    assert isinstance(judge, ReferenceSimilarity)
    assert judge.margin == 0.5
    with pytest.raises(InputError, match="unknown judge 'reference-similarty': did you mean 'reference-similarity'"):
        find_judge("reference-similarty", {})
    with pytest.raises(InputError, match="unknown setting of judge reference-similarity 'margn'"):
        find_judge("reference-similarity", {"margn": 0.5})
