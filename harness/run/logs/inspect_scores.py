"""The scores of an eval log of inspect_ai as per-item values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.run.logs.base import differs
from harness.statistics.values import Values, mean_values
from valign.fingerprint import fingerprint

#: inspect's letters and words for scores. Source: `inspect_ai.scorer.value_to_float`.
_WORDS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
#: Metrics of inspect's whose figure is the mean of the items' values.
_MEANS = ("accuracy", "mean")
#: Metrics that describe the spread of another.
_SPREADS = ("stderr", "std", "var", "bootstrap_stderr")

Sample = Mapping[str, Any]


@dataclass(frozen=True)
class Reduction:
    """A scorer's values by sample after the reducer over epochs, whose name is None where it is the default mean."""

    scorer: str
    reducer: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EvalLog:
    """What a `.eval` file holds: its header, its samples in the order of the data set and epochs, its reductions."""

    header: Mapping[str, Any]
    samples: tuple[Sample, ...]
    reductions: tuple[Reduction, ...]


def columns_of(log: EvalLog, chosen: Sequence[Sample], epochs: bool) -> tuple[dict[str, Values], list[str]]:
    """The values of every scorer, parallel to `chosen`, and notes about what is left out.

    A score that is a dictionary or a list has a column a key or place, as `rubric.kind`; a task with several reducers a
    column each, as `includes,max`. epochs: whether every epoch is an item of its own.

    An item has no value, and its reason, where the scorer gave none (NaN), where an error or a limit stopped the
    sample, and where a score is text that is no number; inspect counts the last as 0.
    """
    columns, notes = dict[str, Values](), list[str]()
    reductions = log.reductions or _unreduced(log.samples)
    for one in reductions:
        several = sum(other.scorer == one.scorer for other in reductions) > 1
        for key in _keys(one):
            column = one.scorer if key is None else f"{one.scorer}.{key}"
            name = f"{column},{one.reducer}" if several and one.reducer else column
            values = _values(log, one, key, chosen, epochs, column)
            figure, scored, others = _reported(log.header, one, key)
            if figure is None and others:
                notes.append(f"{name} is left out: inspect aggregates it by {', '.join(others)}, which is no mean")
            elif why := differs(values, figure, scored):
                notes.append(f"{name} is left out: {why}")
            else:
                columns[name] = values
    return columns, notes


def _unreduced(samples: Sequence[Sample]) -> tuple[Reduction, ...]:
    """The scores of every epoch of a task without a reducer, by `_unit`."""
    scorers = dict.fromkeys(name for one in samples for name in one["scores"] or ())
    given = {
        scorer: {_unit(one, True): one["scores"][scorer]["value"] for one in samples if scorer in (one["scores"] or ())}
        for scorer in scorers
    }
    return tuple(Reduction(scorer, None, values) for scorer, values in given.items())


def _unit(sample: Sample, epochs: bool) -> str:
    return f"{sample['id']} epoch {sample['epoch']}" if epochs else str(sample["id"])


def _keys(reduction: Reduction) -> list[str | int | None]:
    """The keys or places of a scorer's values; None alone where they are plain."""
    keys: dict[str | int | None, None] = {}
    for value in reduction.values.values():
        if isinstance(value, dict):
            keys |= dict.fromkeys(value)
        elif isinstance(value, list):
            keys |= dict.fromkeys(range(len(value)))
    return list(keys) or [None]


def _values(
    log: EvalLog, reduction: Reduction, key: str | int | None, chosen: Sequence[Sample], epochs: bool, column: str
) -> Values:
    given: dict[str, list[Any]] = {}
    for sample in log.samples:
        if score := (sample["scores"] or {}).get(reduction.scorer):
            given.setdefault(_unit(sample, epochs), []).append(_part(score["value"], key))
    keyed_by_epoch = epochs or not log.reductions
    numbers, reasons = [], []
    for n, sample in enumerate(chosen):
        number, why = _number(_part(reduction.values.get(_unit(sample, keyed_by_epoch)), key))
        for raw in given.get(_unit(sample, epochs), ()):
            if _number(raw)[1].endswith(_NO_NUMBER):
                number, why = math.nan, _number(raw)[1]
        if math.isnan(number):
            reasons.append((n, _stopped(sample) or why))
        numbers.append(number)
    scorers = {one["name"]: one.get("options") for one in log.header["eval"].get("scorers") or ()}
    options = scorers.get(reduction.scorer)
    made_by = f"|options:{fingerprint(options)}" if options else ""
    return mean_values(numbers, f"inspect|{column}|{reduction.reducer or 'mean'}{made_by}", reasons)


_NO_NUMBER = "is no number"


def _part(value: Any, key: str | int | None) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list):
        return value[key] if isinstance(key, int) and key < len(value) else None
    return value if key is None or (isinstance(value, float) and math.isnan(value)) else None


def _number(value: Any) -> tuple[float, str]:
    """A score as a number, or NaN and why."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return math.nan, "the scorer gave no value"
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value), ""
    if isinstance(value, str):
        word = value if value in _WORDS else value.lower()
        if word in _WORDS:
            return _WORDS[word], ""
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number, ""
    return math.nan, f"the score {value!r} {_NO_NUMBER}"


def _stopped(sample: Sample) -> str | None:
    """Why a sample can have no score: an error or a limit that stopped it."""
    if error := sample["error"]:
        return f"error: {error.get('message', error) if isinstance(error, dict) else error}"
    if limit := sample["limit"]:
        return f"stopped at its {limit.get('type', '') if isinstance(limit, dict) else limit} limit"
    return None


def _reported(
    header: Mapping[str, Any], reduction: Reduction, key: str | int | None
) -> tuple[float | None, int | None, list[str]]:
    """inspect's own mean of a column, over how many items, and the names of other figures where it has no mean."""
    name = reduction.scorer if key is None else str(key)
    others: list[str] = []
    for score in (header.get("results") or {}).get("scores") or ():
        if (score["scorer"], score["name"], score.get("reducer")) != (reduction.scorer, name, reduction.reducer):
            continue
        for metric, found in score["metrics"].items():
            plain = metric.rpartition("/")[2]
            if plain in _MEANS and isinstance(found["value"], int | float):
                return float(found["value"]), score.get("scored_samples"), []
            if plain not in _SPREADS:
                others.append(plain)
    return None, None, others
