"""A judge against humans: how often it agrees with one, and how often they agree with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.fingerprint import fingerprint
from harness.judges.base import Judge, Pairing
from harness.judging.agreement import category, krippendorff_alpha
from harness.judging.alpaca import Annotation
from harness.judging.canaries import shown_first_share
from harness.judging.verdicts import Verdict
from harness.metrics.base import Values, mean_values
from harness.statistics import Comparison, Estimate, Resampler, compare, estimate
from tasks.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """Two answers to one prompt, and what humans said of them: the share of the first, each in [0, 1].

    `cluster` is the question's unit of the bootstrap: its section, else its prompt.
    """

    pairing: Pairing
    humans: tuple[float, ...]
    cluster: str


@dataclass(frozen=True)
class Validation:
    """Shares of agreement in [0, 1]: the same verdict is 1, a tie against a side a half, opposite sides 0.

    judge: with one human, mean over the humans of each question. humans: of one human with another, over the questions
    that several answered. difference: the first less the second over the same questions, None where no question has
    two humans. sides: how often the judge and a human chose the same side, where both chose one. alpha: Krippendorff's
    α of the humans alone and with the judge among them. unparsed: questions on which the judge said nothing.
    """

    judge: Estimate
    humans: Estimate | None
    difference: Comparison | None
    sides: Estimate
    alpha_humans: float
    alpha_all: float
    questions: int
    unparsed: int
    failed: tuple[str, ...]


def questions_of(annotations: Sequence[Annotation]) -> list[Question]:
    """The distinct pairs of outputs that humans judged, both orders of a pair taken together.

    Raises:
        InputError: no row has a preference.
    """
    pairings: dict[str, Pairing] = {}
    humans: dict[str, list[float]] = {}
    for one in annotations:
        if one.preference is None:
            continue
        share, outputs = 2.0 - one.preference, (one.output_1, one.output_2)
        key, mirrored = (fingerprint(one.instruction, *texts) for texts in (outputs, outputs[::-1]))
        if mirrored in pairings and key not in pairings:
            key, share = mirrored, 1.0 - share
        elif key not in pairings:
            reference, section = (str(one.extras.get(name) or "") for name in ("reference", "section_text"))
            pairings[key] = Pairing(
                one.item, one.instruction, reference, str(one.extras.get("section", "")), *outputs, section
            )
        humans.setdefault(key, []).append(share)
    if not pairings:
        raise InputError("no row has a preference; verdicts of humans are wanted")
    return [Question(pairing, tuple(humans[key]), pairing.section or pairing.item) for key, pairing in pairings.items()]


def stored_questions(
    humans: Sequence[Verdict], judged: Sequence[Verdict], pairings: Mapping[tuple[str, str, str], Pairing]
) -> tuple[list[Question], Array]:
    """The pairs of a run that humans judged, and the category of the judge's stored verdicts on each.

    pairings: (item, first, second) -> the pair as the judge's first order shows it. Humans' rows may name an item by
    its id or by the fingerprint of its prompt.

    Raises:
        InputError: humans judged none of them.
    """
    keys = {name: key for key, pairing in pairings.items() for name in _names(key, pairing)}
    said: dict[tuple[str, str, str], list[float]] = {}
    for verdict in humans:
        for first, second, share in (
            (verdict.first, verdict.second, verdict.gained), (verdict.second, verdict.first, 1.0 - verdict.gained),
        ):  # fmt: skip
            key = keys.get((verdict.item, first, second))
            if key is not None and not np.isnan(share):
                said.setdefault(key, []).append(share)
    if not said:
        raise InputError("the humans judged none of the run's pairs: no item (or prompt) and two systems are in both")
    shares: dict[tuple[str, str, str], list[float]] = {}
    for verdict in judged:
        shares.setdefault((verdict.item, verdict.first, verdict.second), []).append(verdict.gained)
    questions = [Question(pairings[key], tuple(them), pairings[key].section) for key, them in said.items()]
    return questions, np.array([category(_mean(shares.get(key, []))) for key in said])


def _names(key: tuple[str, str, str], pairing: Pairing) -> list[tuple[str, str, str]]:
    return [key, (fingerprint(pairing.prompt), *key[1:])]


def validate(judge: Judge, questions: Sequence[Question], resamples: int = 10_000) -> Validation:
    """Let a judge answer the questions in both orders, its share being the mean of the two, and count agreement.

    Questions of one section, or on the same prompt, are one cluster of the bootstrap.
    """
    shown = [question.pairing for question in questions]
    said = judge.judge([*shown, *(pairing.swapped() for pairing in shown)])
    forth = [shown_first_share(one) for one in said[: len(shown)]]
    back = [shown_first_share(one) for one in said[len(shown) :]]
    shares = [_mean([*_there(a), *(1.0 - b for b in _there(b))]) for a, b in zip(forth, back, strict=True)]
    judged = np.array([category(share) for share in shares])
    failed = tuple(one.reason for one in said if one.preferred == "failed")
    return compared(judged, questions, failed, resamples)


def compared(
    judged: Array, questions: Sequence[Question], failed: Sequence[str] = (), resamples: int = 10_000
) -> Validation:
    """Agreement of verdicts with humans. judged: float64 (questions,), `agreement.category` of the judge's share."""
    humans = [np.array([category(share) for share in question.humans]) for question in questions]
    with_judge = [_agree(np.full(len(them), one), them) for one, them in zip(judged, humans, strict=True)]
    among = [_among(them) for them in humans]
    resampler = Resampler(len(questions), [question.cluster for question in questions], resamples)
    judge_values = mean_values([_mean(one) for one in with_judge], _SIGNATURE)
    human_values = mean_values(among, _SIGNATURE)
    several = not np.isnan(among).all()
    most = max(len(them) for them in humans)
    table = np.full((most + 1, len(questions)), np.nan)
    table[0] = judged
    for at, them in enumerate(humans):
        table[1 : 1 + len(them), at] = them
    return Validation(
        judge=estimate(judge_values, resampler),
        humans=estimate(human_values, resampler) if several else None,
        difference=compare(judge_values, human_values, resampler) if several else None,
        sides=estimate(_sides(judged, humans), resampler),
        alpha_humans=krippendorff_alpha(table[1:]) if several else float("nan"),
        alpha_all=krippendorff_alpha(table),
        questions=len(questions),
        unparsed=int(np.isnan(judged).sum()),
        failed=tuple(failed),
    )


_SIGNATURE = "agreement|same 1, tie against a side 0.5, opposite 0"


def _agree(a: Array, b: Array) -> list[float]:
    """1 − |a − b| on categories 0, 0.5 and 1; NaN where one of them is."""
    return [float(x) for x in 1.0 - np.abs(a - b)]


def _among(humans: Array) -> float:
    return _mean([float(1.0 - abs(a - b)) for a, b in combinations(humans, 2)])


def _sides(judged: Array, humans: Sequence[Array]) -> Values:
    def same(one: float, them: Array) -> float:
        sided = them[(them != 0.5) & ~np.isnan(them)]
        return _mean([float(side == one) for side in sided]) if one in (0.0, 1.0) else float("nan")

    values = [same(float(one), them) for one, them in zip(judged, humans, strict=True)]
    return mean_values(values, "agreement|of those who chose a side")


def _there(share: float | None) -> list[float]:
    return [] if share is None else [share]


def _mean(values: Sequence[float]) -> float:
    said = [value for value in values if not np.isnan(value)]
    return float(np.mean(said)) if said else float("nan")


def figures(found: Validation) -> Mapping[str, Estimate]:
    """The estimates of a validation by the names that tables give them."""
    named = {
        "the judge with a human": found.judge,
        "a human with another": found.humans,
        "difference": found.difference.difference if found.difference else None,
        "where both chose a side": found.sides,
    }
    return {name: one for name, one in named.items() if one is not None}
