"""Verdicts as rows on disk and as arrays for the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The first system's share for a verdict without a soft preference.
GAINS = {"first": 1.0, "second": 0.0, "tie": 0.5, "unparsed": float("nan")}
MIRRORED = {"first": "second", "second": "first"}


@dataclass(frozen=True)
class Verdict:
    """A judge's verdict on two systems' answers to one item, shown in one order.

    order: "first-second" or "second-first", which system's answer was shown first. winner: "first", "second", "tie" or
    "unparsed", by system and not by position. share: the first system's share in [0, 1] where the judge gives a soft
    preference, else None. votes: (member, share of the first system) of a jury, None for an unparsed vote.
    """

    item: str
    first: str
    second: str
    order: str
    winner: str
    judge: str
    reason: str
    share: float | None = None
    votes: tuple[tuple[str, float | None], ...] = ()

    @property
    def gained(self) -> float:
        """The first system's share in [0, 1], NaN where the verdict is unparsed."""
        return GAINS[self.winner] if self.share is None else self.share


def as_rows(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as JSON-ready rows, without `share` and `votes` where there are none."""
    return [{k: v for k, v in asdict(one).items() if v is not None and v != ()} for one in verdicts]


def from_row(row: dict[str, Any], **changed: str) -> Verdict:
    """A verdict from its row; `changed` replaces stored fields."""
    votes = tuple((member, share) for member, share in row.get("votes", ()))
    return Verdict(**{**row, **changed, "votes": votes})


@dataclass(frozen=True, eq=False)
class VerdictArrays:
    """Verdicts as parallel arrays of length n.

    item, first, second: indices into `items` and `systems`. swapped: whether the second system was shown first.
    gained: the first system's share in [0, 1], NaN where unparsed. tie: whether the verdict is a tie.
    """

    systems: tuple[str, ...]
    items: tuple[str, ...]
    item: NDArray[np.intp]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    swapped: NDArray[np.bool_]
    gained: Array
    tie: NDArray[np.bool_]

    @classmethod
    def of(
        cls, verdicts: Sequence[Verdict], items: Sequence[str], systems: Sequence[str] | None = None
    ) -> VerdictArrays:
        """From verdicts. items: in the resampler's order. systems: in the tables' order; None: by occurrence."""
        named = tuple(systems or dict.fromkeys(name for v in verdicts for name in (v.first, v.second)))
        number, index = ({name: n for n, name in enumerate(names)} for names in (named, items))
        return cls(
            systems=named,
            items=tuple(items),
            item=np.array([index[v.item] for v in verdicts], dtype=np.intp),
            first=np.array([number[v.first] for v in verdicts], dtype=np.intp),
            second=np.array([number[v.second] for v in verdicts], dtype=np.intp),
            swapped=np.array([v.order == "second-first" for v in verdicts], dtype=bool),
            gained=np.array([v.gained for v in verdicts], dtype=np.float64),
            tie=np.array([v.winner == "tie" for v in verdicts], dtype=bool),
        )

    @property
    def parsed(self) -> NDArray[np.bool_]:
        """bool (n,): which verdicts are not unparsed."""
        return ~np.isnan(self.gained)

    @property
    def shown_first(self) -> Array:
        """float64 (n,): the share of the answer that was shown first."""
        return np.where(self.swapped, 1.0 - self.gained, self.gained)

    @cached_property
    def points(self) -> dict[tuple[int, int], Array]:
        """(first, second) -> float64 (items,): the first system's share of each item, mean over its parsed verdicts.

        NaN where an item has none. Keys are indices with first < second: verdicts on (b, a) count for (a, b).
        """
        low, high = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        gained = np.where(self.first <= self.second, self.gained, 1.0 - self.gained)
        found = {}
        for a, b in sorted({(int(a), int(b)) for a, b in zip(low, high, strict=True)}):
            of_pair = (low == a) & (high == b) & self.parsed
            total = np.bincount(self.item[of_pair], gained[of_pair], len(self.items))
            count = np.bincount(self.item[of_pair], minlength=len(self.items))
            found[a, b] = np.divide(total, count, out=np.full(len(self.items), np.nan), where=count > 0)
        return found
