"""Items with the values of every system: the data that tables and gates are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.statistics.values import Values
from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class Item:
    """id: its name in the data. content: fingerprint of prompt and reference, equal in two runs with the same data.
    section: its cluster in the bootstrap, None for no cluster. seen: whether training data covers its section. value:
    the value of the document that it is about, None where the data do not say.
    """

    id: str
    content: str
    section: str | None = None
    seen: bool = True
    value: str | None = None


@dataclass(frozen=True)
class ScoredItems:
    """Items of a task and their values by system and column, each parallel to `items`.

    fingerprints: of each system's answers to all items; equal ones mean equal answers. prompts, texts: what was asked
    and each system's answers, parallel to `items`; empty where items have none. A task can have several item sets with
    different columns: a document has held-out prompts, preference pairs and contrasts.
    """

    task: str
    items: tuple[Item, ...]
    values: Mapping[str, Mapping[str, Values]]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    prompts: Sequence[str] = ()
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def clusters(self) -> list[str] | None:
        """The section of each item, for the resampler; None unless all items have one."""
        named = [item.section for item in self.items if item.section is not None]
        return named if len(named) == len(self.items) else None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of all systems, in order."""
        return tuple(dict.fromkeys(column for columns in self.values.values() for column in columns))

    def subset(self, mask: NDArray[np.bool_]) -> ScoredItems:
        """The items where `mask`, bool (n_items,), is true."""
        return replace(self.take(np.flatnonzero(mask).tolist()), fingerprints={})

    def take(self, positions: Sequence[int]) -> ScoredItems:
        """The items at `positions`, in that order."""
        at = np.array(positions, dtype=np.intp)
        return replace(
            self,
            items=tuple(self.items[i] for i in positions),
            values=_each(self.values, at),
            prompts=[self.prompts[i] for i in positions] if self.prompts else (),
            texts={name: [texts[i] for i in positions] for name, texts in self.texts.items()},
        )


def answers_fingerprint(answers: Iterable[tuple[str, Any]]) -> str:
    """The fingerprint of a system's answers. answers: (item id, answer), in any order."""
    return fingerprint(sorted(answers, key=lambda one: one[0]))


def _each(values: Mapping[str, Mapping[str, Values]], at: NDArray) -> dict[str, dict[str, Values]]:
    return {
        name: {column: replace(one, statistics=one.statistics[at], reasons=()) for column, one in columns.items()}
        for name, columns in values.items()
    }
