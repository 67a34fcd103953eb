"""Shortcuts a model could take without reading: always yes, always no, the longer answer, the shorter one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.audit.report import SPLITS, Finding, Item, Limits, Loaded
from tasks.audit.words import words

#: Drawings of folds over which the classifier's accuracy is averaged, and folds of each.
_DRAWINGS, _FOLDS = 20, 5


def balance(loaded: Loaded, limits: Limits, figures: dict[str, Any]) -> Iterator[Finding]:
    """Yes and no in every split, and the length of chosen against rejected answers; notes what it measures."""
    for split in SPLITS:
        items = loaded.splits[split] or ()
        yield from _yes(split, items, limits, figures)
        pairs = [item for item in items if "rejected" in item.answers]
        if len(pairs) >= limits.fewest:
            yield from _lengths(split, pairs, limits, figures)


def verdict(item: Item) -> str:
    """`yes` or `no` where the answer opens with it, else nothing."""
    first = (words(item.answer) or [""])[0]
    return first if first in ("yes", "no") else ""


def _yes(split: str, items: Sequence[Item], limits: Limits, figures: dict[str, Any]) -> Iterator[Finding]:
    verdicts = [v for item in items if item.kind == "yes_no" and (v := verdict(item))]
    if len(verdicts) < limits.fewest:
        return
    share = verdicts.count("yes") / len(verdicts)
    figures.setdefault("yes_share", {})[split] = round(share, 3)
    low, high = limits.yes_share
    if not low <= share <= high:
        detail = f"{share:.0%} of {len(verdicts)} answers say yes, allowed {low:.0%} to {high:.0%}"
        yield Finding("yes/no balance", f"{split}.jsonl", detail)


def _lengths(split: str, pairs: list[Item], limits: Limits, figures: dict[str, Any]) -> Iterator[Finding]:
    chosen = [len(words(item.answers["chosen"])) for item in pairs]
    rejected = [len(words(item.answers["rejected"])) for item in pairs]
    difference = sum(chosen) / sum(rejected) - 1
    accuracy = length_accuracy(chosen, rejected, random.Random(0))
    figures.setdefault("length_difference", {})[split] = round(difference, 4)
    figures.setdefault("length_accuracy", {})[split] = round(accuracy, 4)
    if abs(difference) > limits.length_difference:
        detail = f"chosen answers are {difference:+.1%} longer on average, allowed ±{limits.length_difference:.0%}"
        yield Finding("length bias", f"{split}.jsonl", detail)
    if accuracy >= limits.length_accuracy:
        detail = f"lengths alone tell chosen from rejected in {accuracy:.1%} of pairs"
        detail += f", allowed below {limits.length_accuracy:.0%}"
        yield Finding("length bias", f"{split}.jsonl", detail)


def length_accuracy(chosen: Sequence[int], rejected: Sequence[int], rng: random.Random) -> float:
    """Cross-validated accuracy in [0, 1] of a logistic regression that sees two answers' lengths and no more.

    Its features are the signed difference in words, that difference relative to the longer answer, and its sign. It
    sees every pair in both orders, so that no order has to be drawn; a tie counts half. The accuracy is the mean over
    20 drawings of five folds.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold

    difference = np.array(chosen) - np.array(rejected)
    features = np.column_stack([difference, difference / np.maximum(chosen, rejected) * 10, np.sign(difference)])
    scores = []
    for _ in range(_DRAWINGS):
        for train, test in KFold(_FOLDS, shuffle=True, random_state=rng.randrange(2**31)).split(features):
            both = np.vstack([features[train], -features[train]])
            labels = np.repeat([1, 0], len(train))
            weights = LogisticRegression(fit_intercept=False).fit(both, labels).coef_[0]
            scores.append((np.sign(features[test] @ weights) + 1).mean() / 2)
    return float(np.mean(scores))
