"""Items that systems were measured on, with what each scored: what tables are made of and what a gate compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.fingerprint import fingerprint
from harness.metrics.base import Values


@dataclass(frozen=True)
class Item:
    """id: its name in its data. content: fingerprint of what was asked and what is right, so that two runs can tell
    whether they asked the same. section: its cluster in the bootstrap, None for an item of its own. seen: whether
    training data covers its section.
    """

    id: str
    content: str
    section: str | None = None
    seen: bool = True


@dataclass(frozen=True)
class Suite:
    """One set of items of a task: `values` go from system to column, every array running parallel to `items`.

    said: a fingerprint of each system's answers to all items; where it is the same, nothing has changed. A task can
    have several suites (a document has its held-out prompts and its preference pairs), with columns of other names.
    """

    task: str
    items: tuple[Item, ...]
    values: Mapping[str, Mapping[str, Values]]
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def clusters(self) -> list[str] | None:
        """The section of each item for the resampler; None unless all items have one."""
        named = [item.section for item in self.items if item.section is not None]
        return named if len(named) == len(self.items) else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that any system has, in order."""
        return tuple(dict.fromkeys(column for columns in self.values.values() for column in columns))

    def only(self, mask: NDArray[np.bool_]) -> Suite:
        """The suite of the items that `mask`, bool (n_items,), keeps."""
        items = tuple(item for item, keep in zip(self.items, mask, strict=True) if keep)
        return replace(self, items=items, values=_each(self.values, mask), said={})

    def ordered(self, positions: Sequence[int]) -> Suite:
        """The suite of the items at `positions`, in that order."""
        at = np.array(positions, dtype=np.intp)
        return replace(self, items=tuple(self.items[i] for i in positions), values=_each(self.values, at))


def said_of(answers: Iterable[tuple[str, Any]]) -> str:
    """The fingerprint of a system's answers, (item's id, answer) in any order."""
    return fingerprint(sorted(answers, key=lambda one: one[0]))


def _each(values: Mapping[str, Mapping[str, Values]], at: NDArray) -> dict[str, dict[str, Values]]:
    return {
        name: {column: replace(one, statistics=one.statistics[at], reasons=()) for column, one in columns.items()}
        for name, columns in values.items()
    }
