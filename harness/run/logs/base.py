"""What another harness logged of one system on one task, and the harness's own figure as a check of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.models.answers import Answer
from harness.statistics.resample import figures
from harness.statistics.scored_items import Item, ScoredItems, answers_fingerprint
from harness.statistics.values import Values

#: How far our figure may be from the harness's own, relative to it: both are computed in double precision.
_CLOSE = 1e-6


@dataclass(frozen=True)
class Logged:
    """One system on one task.

    harness: with its version where the log has it, as `inspect_ai 0.3.285`. model: as the log names it, or "". items:
    what the task asks. keys: (n_items,) fingerprints of question and reference alone, equal for systems whose chat
    templates differ; `Item.content` covers the rendered prompt where the log has one. columns: values that the harness
    logged. answers: the texts, none where the task has none (likelihoods of whole documents). notes: what was left out.
    """

    system: str
    task: str
    file: Path
    harness: str
    model: str
    items: tuple[Item, ...]
    keys: tuple[str, ...]
    columns: Mapping[str, Values]
    answers: tuple[Answer, ...]
    fingerprint: str
    notes: tuple[str, ...] = ()

    def scored(self) -> ScoredItems:
        """Items and values, as a gate compares them; with what was asked and answered, where the task has answers."""
        return ScoredItems(
            plain_task(self.task),
            self.items,
            {self.system: self.columns},
            {self.system: self.fingerprint},
            [answer.prompt for answer in self.answers],
            {self.system: [answer.text for answer in self.answers]} if self.answers else {},
        )


def plain_task(task: str) -> str:
    """A task's name without our prefix: `bcg` of `valign_bcg`."""
    return task.removeprefix("valign_")


def clean(text: str) -> str:
    """A text without lone surrogates, which JSON can hold and no file of ours can; pairs become their character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def system_name(name: str) -> str:
    """A model's name as that of a system: letters, digits and `._+-`."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-._+") or "system"


def differs(values: Values, reported: float | None, n_reported: int | None = None) -> str | None:
    """Why a column is not what the harness aggregates, or None: its own figure is the check of ours.

    n_reported: how many items the harness's figure is over, all where None. Nothing is said where it reports no figure,
    or one over other items than those that have a value here.
    """
    n = len(values.statistics) if n_reported is None else n_reported
    if reported is None or n != int(values.scored.sum()) or n == 0:
        return None
    ours = aggregated(values)
    if math.isclose(ours, reported, rel_tol=_CLOSE, abs_tol=_CLOSE):
        return None
    return f"the harness's own figure is {reported:.6g}, that of its items by {values.aggregate} {ours:.6g}"


def aggregated(values: Values) -> float:
    """The figure of all scored items."""
    scored = values.statistics[values.scored]
    return float(figures(values, np.append(scored.sum(axis=0), float(len(scored)))[None, :])[0])


def texts_fingerprint(items: Iterable[Item], texts: Sequence[object]) -> str:
    """The fingerprint of a system's answers."""
    return answers_fingerprint((item.id, text) for item, text in zip(items, texts, strict=True))
