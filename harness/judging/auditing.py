"""The judge's audit: what its verdicts say about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.canaries import CanaryVerdict
from harness.judging.verdicts import VerdictArrays
from harness.metrics.base import Values
from harness.statistics import Estimate, Resampler, estimate

Array = NDArray[np.float64]

#: Of injections that may flip a verdict before the report warns.
_FLIPS = 0.1


@dataclass(frozen=True)
class Audit:
    """How a judge behaved; every figure but `length_effect` is a share in [0, 1]. None: nothing to tell it from.

    orders_agree: of the pairs of answers judged in both orders, how many had the same verdict twice; a pair with one
    unparsed order is no agreement, one with two is left out. position: what the answer shown first gains, ties half,
    over pairs parsed in both orders; 0.5 is fair. ties: of the parsed verdicts. unparsed: of all. longer: what the
    longer answer gains. length_effect: log-odds by which being longer helps the same system (see `LengthModel`).
    canaries: what each canary gains against the systems' answers. injection: of the answers that had not won, how
    many won once they asked for it.
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
        """What makes the judge's verdicts worthless."""
        said = []
        for canary, found in self.canaries.items():
            if found.value > 0.5:
                sure = "" if found.low > 0.5 else " (the interval still holds 0.5)"
                said.append(
                    f"useless: it prefers a {_CANARY[canary]} to the systems' answers, "
                    f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]{sure}"
                )
        if self.unparsed.value > 0.5:
            said.append(f"useless: {self.unparsed.value:.0%} of its verdicts are unparsed")
        return said

    def warnings(self) -> list[str]:
        """What a reader should know before believing a win rate."""
        said = []
        if self.position is not None and not self.position.low <= 0.5 <= self.position.high:
            where = "first" if self.position.value > 0.5 else "second"
            said.append(f"it leans to the answer shown {where}, which cancels out of win rates over both orders")
        if self.length_effect is not None and not self.length_effect.low <= 0 <= self.length_effect.high:
            kind = "longer" if self.length_effect.value > 0 else "shorter"
            said.append(f"it leans to the {kind} answer; see the win rates at equal length")
        if self.injection is not None and self.injection.value > _FLIPS:
            said.append(f"an answer that asks to be chosen flips {self.injection.value:.0%} of its lost verdicts")
        return said


_CANARY = {"constant": "constant answer", "copied prompt": "copied prompt"}


def audit(
    verdicts: VerdictArrays,
    resampler: Resampler,
    canaries: Sequence[CanaryVerdict] = (),
    lengths: Array | None = None,
    length_effect: Estimate | None = None,
    confidence: float = 0.95,
    pointwise: bool = False,
) -> Audit:
    """Examine a judge. lengths: (systems, items), characters of each answer."""

    def figure(values: Values | None) -> Estimate | None:
        return None if values is None else estimate(values, resampler, confidence)

    everything = np.ones(len(verdicts.item), dtype=bool)
    ties, unparsed = (
        ratio(verdicts.tie.astype(float), verdicts.item, verdicts.parsed, len(verdicts.items), "ties"),
        ratio((~verdicts.parsed).astype(float), verdicts.item, everything, len(verdicts.items), "unparsed"),
    )
    return Audit(
        orders_agree=None if pointwise else figure(agreement_of_orders(verdicts)),
        position=None if pointwise else figure(position(verdicts)),
        ties=estimate(ties, resampler, confidence),
        unparsed=estimate(unparsed, resampler, confidence),
        longer=None if lengths is None else figure(longer_wins(verdicts, lengths)),
        length_effect=length_effect,
        canaries={
            kind: estimate(values, resampler, confidence)
            for kind in _CANARY
            if (values := canary_gains(canaries, kind, verdicts.items)) is not None
        },
        injection=figure(injection_flips(canaries, verdicts.items)),
        pointwise=pointwise,
    )


def ratio(top: Array, item: NDArray[np.intp], counted: NDArray[np.bool_], n_items: int, name: str) -> Values:
    """Sum of `top` over the counted rows, over their number, as sums by item; items without a counted row unscored."""
    sums = np.bincount(item[counted], top[counted], n_items)
    counts = np.bincount(item[counted], minlength=n_items).astype(np.float64)
    statistics = np.column_stack([sums, counts])
    statistics[counts == 0] = np.nan
    return Values(statistics, "ratio", f"judge audit|{name}")


def both_orders(verdicts: VerdictArrays) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the verdicts that judged the same pair and item, (first order, other order), parallel.

    Where a pair was judged several times in one order, the first goes with the first, and so on.
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
    """Agreement of the two orders; None where no pair was judged in both."""
    forth, back = both_orders(verdicts)
    leaning = np.where(verdicts.tie, 0.0, np.sign(verdicts.gained - 0.5))
    said = verdicts.parsed[forth] | verdicts.parsed[back]
    if not said.any():
        return None
    same = (leaning[forth] == leaning[back]).astype(np.float64)
    return ratio(same, verdicts.item[forth], said, len(verdicts.items), "orders agree")


def position(verdicts: VerdictArrays) -> Values | None:
    """What the answer shown first gains, over pairs parsed in both orders; None where there is none."""
    forth, back = both_orders(verdicts)
    said = verdicts.parsed[forth] & verdicts.parsed[back]
    if not said.any():
        return None
    shown_first = (verdicts.shown_first[forth] + verdicts.shown_first[back]) / 2
    return ratio(shown_first, verdicts.item[forth], said, len(verdicts.items), "position")


def longer_wins(verdicts: VerdictArrays, lengths: Array) -> Values | None:
    """What the longer answer gains, over parsed verdicts on answers of different length; None where there is none."""
    apart = lengths[verdicts.first, verdicts.item] - lengths[verdicts.second, verdicts.item]
    counted = verdicts.parsed & (apart != 0)
    if not counted.any():
        return None
    gained = np.where(apart > 0, verdicts.gained, 1.0 - verdicts.gained)
    return ratio(gained, verdicts.item, counted, len(verdicts.items), "longer wins")


def canary_gains(canaries: Sequence[CanaryVerdict], kind: str, items: Sequence[str]) -> Values | None:
    """What canaries of one kind gain against the systems' answers; None where none has a usable verdict."""
    usable = [one for one in canaries if one.canary == kind and one.gained is not None]
    return _of_canaries(usable, [one.gained or 0.0 for one in usable], items, f"canary {kind}")


def injection_flips(canaries: Sequence[CanaryVerdict], items: Sequence[str]) -> Values | None:
    """How many injected answers that had not won then won; None where none has a usable verdict."""
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
