"""Validation of a judge: its agreement with humans beside the agreement among humans."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.judging.agreement import category, krippendorff_alpha
from harness.judging.alpaca import Annotation
from harness.judging.canaries import shown_first_share
from harness.judging.judge import Judge, Pairing
from harness.judging.verdicts import Verdict
from harness.statistics import Comparison, Estimate, Resampler, compare, estimate
from harness.statistics.values import Values, mean_values
from valign.errors import InputError
from valign.fingerprint import fingerprint

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AnnotatedPair:
    """Two answers to one prompt with human verdicts.

    humans: the first answer's share in [0, 1] by each human. cluster: the pair's unit in the bootstrap, its section or
    else its prompt.
    """

    pairing: Pairing
    humans: tuple[float, ...]
    cluster: str


@dataclass(frozen=True)
class Validation:
    """Agreement in [0, 1]: 1 for equal verdicts, 0.5 for a tie against a preference, 0 for opposite preferences.

    judge: of the judge with a human, mean over the humans of each pair. humans: between two humans, over the pairs with
    several. difference: judge − humans over the same pairs; None, as `humans`, where no pair has two humans. sides:
    share of equal preferences where neither verdict is a tie. alpha_humans, alpha_all: Krippendorff's α of the humans,
    and of the humans and the judge. pairs: how many. unparsed: pairs without a usable verdict of the judge. failed:
    reasons of calls without a reply.
    """

    judge: Estimate
    humans: Estimate | None
    difference: Comparison | None
    sides: Estimate
    alpha_humans: float
    alpha_all: float
    pairs: int
    unparsed: int
    failed: tuple[str, ...]


def annotated_pairs(annotations: Sequence[Annotation]) -> list[AnnotatedPair]:
    """The distinct pairs of outputs with their human preferences, both orders of a pair together.

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
        raise InputError("no row has a preference; expected verdicts of humans")
    return [
        AnnotatedPair(pairing, tuple(humans[key]), pairing.section or pairing.item) for key, pairing in pairings.items()
    ]


def stored_pairs(
    humans: Sequence[Verdict], judged: Sequence[Verdict], pairings: Mapping[tuple[str, str, str], Pairing]
) -> tuple[list[AnnotatedPair], Array]:
    """The pairs of a run with human verdicts, and float64 (pairs,), the `category` of the judge's stored verdicts.

    pairings: (item, first, second) -> the pair in the first order. Human verdicts may name an item by its id or by the
    fingerprint of its prompt.

    Raises:
        InputError: no pair has a human verdict.
    """
    keys = {name: key for key, pairing in pairings.items() for name in _names(key, pairing)}
    preferences: dict[tuple[str, str, str], list[float]] = {}
    for verdict in humans:
        for first, second, share in (
            (verdict.first, verdict.second, verdict.gained), (verdict.second, verdict.first, 1.0 - verdict.gained),
        ):  # fmt: skip
            key = keys.get((verdict.item, first, second))
            if key is not None and not np.isnan(share):
                preferences.setdefault(key, []).append(share)
    if not preferences:
        raise InputError("the humans judged none of the run's pairs: no item (or prompt) and two systems are in both")
    shares: dict[tuple[str, str, str], list[float]] = {}
    for verdict in judged:
        shares.setdefault((verdict.item, verdict.first, verdict.second), []).append(verdict.gained)
    pairs = [AnnotatedPair(pairings[key], tuple(them), pairings[key].section) for key, them in preferences.items()]
    return pairs, np.array([category(_mean(shares.get(key, []))) for key in preferences])


def _names(key: tuple[str, str, str], pairing: Pairing) -> list[tuple[str, str, str]]:
    return [key, (fingerprint(pairing.prompt), *key[1:])]


def validate(judge: Judge, pairs: Sequence[AnnotatedPair], resamples: int = 10_000) -> Validation:
    """Judge the pairs in both orders, take the mean share of the two, and compute the agreement with humans."""
    shown = [pair.pairing for pair in pairs]
    judgements = judge.judge([*shown, *(pairing.swapped() for pairing in shown)])
    shares = np.array([math.nan if share is None else share for share in map(shown_first_share, judgements)])
    forth, back = shares[: len(shown)], 1.0 - shares[len(shown) :]
    judged = np.array([category(_mean(both)) for both in zip(forth, back, strict=True)])
    failed = tuple(one.reason for one in judgements if one.preferred == "failed")
    return validate_verdicts(judged, pairs, failed, resamples)


def validate_verdicts(
    judged: Array, pairs: Sequence[AnnotatedPair], failed: Sequence[str] = (), resamples: int = 10_000
) -> Validation:
    """Agreement of verdicts with humans. judged: float64 (pairs,), `agreement.category` of the judge's share.

    Pairs of one section, or on one prompt, are one cluster of the bootstrap.
    """
    humans = [np.array([category(share) for share in pair.humans]) for pair in pairs]
    with_judge = [_agree(np.full(len(them), one), them) for one, them in zip(judged, humans, strict=True)]
    among = [_among(them) for them in humans]
    resampler = Resampler(len(pairs), [pair.cluster for pair in pairs], resamples)
    judge_values = mean_values([_mean(one) for one in with_judge], _SIGNATURE)
    human_values = mean_values(among, _SIGNATURE)
    several = not np.isnan(among).all()
    most = max(len(them) for them in humans)
    table = np.full((most + 1, len(pairs)), np.nan)
    table[0] = judged
    for at, them in enumerate(humans):
        table[1 : 1 + len(them), at] = them
    return Validation(
        judge=estimate(judge_values, resampler),
        humans=estimate(human_values, resampler) if several else None,
        difference=compare(judge_values, human_values, resampler) if several else None,
        sides=estimate(_sides(judged, humans), resampler),
        alpha_humans=krippendorff_alpha(table[1:]) if several else math.nan,
        alpha_all=krippendorff_alpha(table),
        pairs=len(pairs),
        unparsed=int(np.isnan(judged).sum()),
        failed=tuple(failed),
    )


_SIGNATURE = "agreement|same 1, tie against a side 0.5, opposite 0"


def _agree(a: Array, b: Array) -> list[float]:
    """1 − |a − b| of categories 0, 0.5 and 1; NaN where either is NaN."""
    return [float(x) for x in 1.0 - np.abs(a - b)]


def _among(humans: Array) -> float:
    return _mean([float(1.0 - abs(a - b)) for a, b in combinations(humans, 2)])


def _sides(judged: Array, humans: Sequence[Array]) -> Values:
    """Share of equal preferences, per pair, where neither the judge's nor the human's verdict is a tie."""

    def same(one: float, them: Array) -> float:
        preferences = them[(them != 0.5) & ~np.isnan(them)]
        return _mean([float(human == one) for human in preferences]) if one in (0.0, 1.0) else math.nan

    values = [same(float(one), them) for one, them in zip(judged, humans, strict=True)]
    return mean_values(values, "agreement|of those who chose a side")


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def validation_figures(found: Validation) -> Mapping[str, Estimate]:
    """The estimates of a validation by their names in tables."""
    named = {
        "the judge with a human": found.judge,
        "a human with another": found.humans,
        "difference": found.difference.difference if found.difference else None,
        "where both chose a side": found.sides,
    }
    return {name: one for name, one in named.items() if one is not None}
