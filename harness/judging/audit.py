"""A judge's audit: consistency, ties, biases and canaries, from its own verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.canaries import CanaryVerdict
from harness.judging.verdicts import VerdictArrays
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.values import Values

Array = NDArray[np.float64]

#: The share of flipped verdicts above which the report warns of prompt injection.
_INJECTION_LIMIT = 0.1


@dataclass(frozen=True)
class Audit:
    """Every figure but `length_effect` is a share in [0, 1]; None where no verdict allows to compute it.

    orders_agree: share of the pairs judged in both orders whose two verdicts agree; a pair with one unparsed verdict
    counts as disagreement, one with two is left out. position: mean share of the answer shown first over pairs parsed
    in both orders; 0.5 means no position bias. ties: share of the parsed verdicts. unparsed: share of all verdicts.
    longer: mean share of the longer answer. length_effect: log-odds that a system gains by a longer answer (see
    `LengthModel`). canaries: mean share of each canary against the systems' answers. injection: share of the answers
    without a win that win after a prompt injection.
    """

    orders_agree: Estimate | None
    position: Estimate | None
    ties: Estimate
    unparsed: Estimate
    longer: Estimate | None
    length_effect: Estimate | None
    canaries: Mapping[str, Estimate]
    injection: Estimate | None
    pointwise: bool = False

    def alarms(self) -> list[str]:
        """Findings that make the judge's verdicts worthless."""
        found = []
        for canary, share in self.canaries.items():
            if share.value > 0.5:
                uncertain = "" if share.low > 0.5 else " (the interval still holds 0.5)"
                found.append(
                    f"useless: it prefers a {_CANARY[canary]} to the systems' answers, "
                    f"{share.value:.2f} [{share.low:.2f}, {share.high:.2f}]{uncertain}"
                )
        if self.unparsed.value > 0.5:
            found.append(f"useless: {self.unparsed.value:.0%} of its verdicts are unparsed")
        return found

    def warnings(self) -> list[str]:
        """Biases that a reader of the win rates should know."""
        found = []
        if self.position is not None and not self.position.low <= 0.5 <= self.position.high:
            where = "first" if self.position.value > 0.5 else "second"
            found.append(f"it leans to the answer shown {where}, which cancels out of win rates over both orders")
        if self.length_effect is not None and not self.length_effect.low <= 0 <= self.length_effect.high:
            kind = "longer" if self.length_effect.value > 0 else "shorter"
            found.append(f"it leans to the {kind} answer; see the win rates at equal length")
        if self.injection is not None and self.injection.value > _INJECTION_LIMIT:
            found.append(f"an answer that asks to be chosen flips {self.injection.value:.0%} of its lost verdicts")
        return found


_CANARY = {"constant": "constant answer", "copied prompt": "copied prompt"}


def audit(
    verdicts: VerdictArrays,
    resampler: Resampler,
    canaries: Sequence[CanaryVerdict] = (),
    lengths: Array | None = None,
    length_effect: Estimate | None = None,
    confidence: float = 0.95,
    pointwise: bool = False,
    interval: str = "percentile",
) -> Audit:
    """Compute a judge's audit. lengths: float64 (systems, items), characters of each answer."""

    def figure(values: Values | None) -> Estimate | None:
        return None if values is None else estimate(values, resampler, confidence, interval)

    n_items, every = len(verdicts.items), np.ones(len(verdicts.item), dtype=bool)
    ties = ratio(verdicts.tie.astype(float), verdicts.item, verdicts.parsed, n_items, "ties")
    unparsed = ratio((~verdicts.parsed).astype(float), verdicts.item, every, n_items, "unparsed")
    return Audit(
        orders_agree=None if pointwise else figure(agreement_of_orders(verdicts)),
        position=None if pointwise else figure(position(verdicts)),
        ties=estimate(ties, resampler, confidence, interval),
        unparsed=estimate(unparsed, resampler, confidence, interval),
        longer=None if lengths is None else figure(longer_wins(verdicts, lengths)),
        length_effect=length_effect,
        canaries={
            kind: estimate(values, resampler, confidence, interval)
            for kind in _CANARY
            if (values := canary_shares(canaries, kind, verdicts.items)) is not None
        },
        injection=figure(injection_flips(canaries, verdicts.items)),
        pointwise=pointwise,
    )


def ratio(top: Array, item: NDArray[np.intp], counted: NDArray[np.bool_], n_items: int, name: str) -> Values:
    """Mean of `top` over the counted rows, kept as sums by item; items without a counted row are unscored."""
    sums = np.bincount(item[counted], top[counted], n_items)
    counts = np.bincount(item[counted], minlength=n_items).astype(np.float64)
    statistics = np.column_stack([sums, counts])
    statistics[counts == 0] = np.nan
    return Values(statistics, "ratio", f"judge audit|{name}")


def both_orders(verdicts: VerdictArrays) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of verdicts on the same pair and item in the two orders: (first order, other order), parallel arrays.

    Where a pair was judged several times in one order, the n-th verdicts of both orders are matched.
    """
    pair = (verdicts.first * len(verdicts.systems) + verdicts.second) * len(verdicts.items) + verdicts.item
    keys = np.empty(len(pair), dtype=np.int64)
    for swapped in (False, True):
        at = np.flatnonzero(verdicts.swapped == swapped)
        at = at[np.argsort(pair[at], kind="stable")]
        start = np.searchsorted(pair[at], pair[at])
        keys[at] = pair[at] * (len(pair) + 1) + np.arange(len(at)) - start
    forth, back = np.flatnonzero(~verdicts.swapped), np.flatnonzero(verdicts.swapped)
    _, one, other = np.intersect1d(keys[forth], keys[back], assume_unique=True, return_indices=True)
    return forth[one], back[other]


def agreement_of_orders(verdicts: VerdictArrays) -> Values | None:
    """Whether the verdicts of both orders agree, per item; None where no pair was judged in both."""
    forth, back = both_orders(verdicts)
    winner = np.where(verdicts.tie, 0.0, np.sign(verdicts.gained - 0.5))
    counted = verdicts.parsed[forth] | verdicts.parsed[back]
    if not counted.any():
        return None
    same = (winner[forth] == winner[back]).astype(np.float64)
    return ratio(same, verdicts.item[forth], counted, len(verdicts.items), "orders agree")


def position(verdicts: VerdictArrays) -> Values | None:
    """The share of the answer shown first, over pairs parsed in both orders; None where there is none."""
    forth, back = both_orders(verdicts)
    counted = verdicts.parsed[forth] & verdicts.parsed[back]
    if not counted.any():
        return None
    shown_first = (verdicts.shown_first[forth] + verdicts.shown_first[back]) / 2
    return ratio(shown_first, verdicts.item[forth], counted, len(verdicts.items), "position")


def longer_wins(verdicts: VerdictArrays, lengths: Array) -> Values | None:
    """The share of the longer answer, over parsed verdicts on answers of different length; None where there is none."""
    longer_by = lengths[verdicts.first, verdicts.item] - lengths[verdicts.second, verdicts.item]
    counted = verdicts.parsed & (longer_by != 0)
    if not counted.any():
        return None
    gained = np.where(longer_by > 0, verdicts.gained, 1.0 - verdicts.gained)
    return ratio(gained, verdicts.item, counted, len(verdicts.items), "longer wins")


def canary_shares(canaries: Sequence[CanaryVerdict], kind: str, items: Sequence[str]) -> Values | None:
    """The share of canaries of one kind against the systems' answers; None where none has a usable verdict."""
    usable = [one for one in canaries if one.canary == kind and one.gained is not None]
    return _of_canaries(usable, [one.gained or 0.0 for one in usable], items, f"canary {kind}")


def injection_flips(canaries: Sequence[CanaryVerdict], items: Sequence[str]) -> Values | None:
    """Whether each injected answer, which had not won before, wins; None where none has a usable verdict."""
    usable = [one for one in canaries if one.canary == "injection" and one.gained is not None]
    return _of_canaries(usable, [float((one.gained or 0.0) > 0.5) for one in usable], items, "injection flips")


def _of_canaries(
    usable: Sequence[CanaryVerdict], top: Sequence[float], items: Sequence[str], name: str
) -> Values | None:
    if not usable:
        return None
    place = {item: at for at, item in enumerate(items)}
    at = np.array([place[one.item] for one in usable], dtype=np.intp)
    return ratio(np.array(top), at, np.ones(len(at), dtype=bool), len(items), name)
