"""Judges by name, verdicts in both orders, and win rates."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import numpy as np

import harness.judges
from alignment.weights import locate
from harness.answers import Answer
from harness.fingerprint import of_model, versions
from harness.judges.base import Judge, Pairing
from tasks.errors import InputError, unknown

_POINTS = {"first": 1.0, "second": 0.0, "tie": 0.5, "unparsed": float("nan")}


@dataclass(frozen=True)
class Verdict:
    """What a judge said of two systems' answers to one item, shown in one order.

    `order` is "first-second" as the systems are named, or "second-first"; `winner` is "first", "second", "tie" or
    "unparsed" and always speaks of the systems, whichever was shown first.
    """

    item: str
    first: str
    second: str
    order: str
    winner: str
    judge: str
    reason: str


def known_judges() -> dict[str, str]:
    """Every judge's name and where it is defined (`module:attribute`), by name."""
    files = (m.name for m in pkgutil.iter_modules(harness.judges.__path__) if m.name != "base")
    found = {name.replace("_", "-"): f"harness.judges.{name}:JUDGE" for name in files}
    found |= {entry.name: entry.value for entry in metadata.entry_points(group="valign.judges")}
    return dict(sorted(found.items()))


def find_judge(name: str, settings: Mapping[str, Any]) -> Judge:
    """Build the judge called `name`.

    Raises:
        InputError: no judge has that name, or it lacks one of the settings.
    """
    known = known_judges()
    if name not in known:
        raise unknown("judge", name, known)
    module, _, attribute = known[name].partition(":")
    make = getattr(importlib.import_module(module), attribute)
    accepted = inspect.signature(make).parameters
    for setting in settings:
        if setting not in accepted:
            raise unknown(f"setting of judge {name}", setting, accepted)
    judge: Judge = make(**settings)
    return judge


def judge_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a judge's verdicts depend on, for the fingerprint; a model counts by its bytes, not by where it lies."""
    judge = find_judge(name, settings)
    defaults = inspect.signature(type(judge)).parameters
    named = {key: settings.get(key, parameter.default) for key, parameter in defaults.items()}
    if isinstance(named.get("model"), str):
        named["model"] = of_model(locate(named["model"]))
    return {"name": name, "settings": named, "versions": versions(("sentence-transformers", "torch", "transformers"))}


def judge_pair(
    judge: Judge, first: Sequence[Answer], second: Sequence[Answer], names: tuple[str, str]
) -> list[Verdict]:
    """Judge two systems' answers item by item, each pair in both orders.

    Raises:
        InputError: the systems did not answer the same items.
    """
    if [a.item for a in first] != [b.item for b in second]:
        raise InputError(f"{names[0]} and {names[1]} did not answer the same items; verdicts need the same prompts")
    shown = [
        Pairing(a.item, a.prompt, a.reference, a.section, a.text, b.text) for a, b in zip(first, second, strict=True)
    ]
    said = judge.judge([*shown, *(pairing.swapped() for pairing in shown)])
    verdicts = []
    for position, pairing in enumerate(shown):
        forth, back = said[position], said[position + len(shown)]
        mirrored = {"first": "second", "second": "first"}.get(back.preferred, back.preferred)
        verdicts += [
            Verdict(pairing.item, *names, "first-second", forth.preferred, judge.name, forth.reason),
            Verdict(pairing.item, *names, "second-first", mirrored, judge.name, back.reason),
        ]
    return verdicts


def points(verdicts: Sequence[Verdict], items: Sequence[str]) -> np.ndarray:
    """The first system's share of each item, in [0, 1], shape (items,): mean over the two orders, ties half.

    NaN where neither order gave a usable verdict.
    """
    gained: dict[str, list[float]] = {item: [] for item in items}
    for verdict in verdicts:
        gained[verdict.item].append(_POINTS[verdict.winner])
    usable = [[p for p in gained[item] if not np.isnan(p)] for item in items]
    return np.array([np.mean(p) if p else np.nan for p in usable])


def win_points(pairs: Mapping[tuple[str, str], np.ndarray], system: str) -> np.ndarray:
    """A system's points on each item, mean over its opponents (NaN where no opponent has a usable verdict)."""
    against = [
        gained if first == system else 1.0 - gained
        for (first, second), gained in pairs.items()
        if system in (first, second)
    ]
    stacked = np.stack(against)
    scored = ~np.isnan(stacked)
    total = np.where(scored, stacked, 0.0).sum(axis=0)
    return np.where(scored.any(axis=0), total / np.maximum(scored.sum(axis=0), 1), np.nan)


def audit(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """How a judge behaved: share of items on which both orders agree, of ties, and of unparsed verdicts.

    An item with an unparsed order is no agreement; one with two says nothing of it (NaN where all are such).
    """
    by_pair: dict[tuple[str, str, str], list[str]] = {}
    for v in verdicts:
        by_pair.setdefault((v.first, v.second, v.item), []).append(v.winner)
    agree = [len(set(winners)) == 1 for winners in by_pair.values() if set(winners) != {"unparsed"}]
    return {
        "orders_agree": float(np.mean(agree)) if agree else float("nan"),
        "ties": float(np.mean([v.winner == "tie" for v in verdicts])),
        "unparsed": float(np.mean([v.winner == "unparsed" for v in verdicts])),
    }


def as_rows(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as JSON-ready rows."""
    return [asdict(verdict) for verdict in verdicts]
