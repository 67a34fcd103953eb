"""Shortcuts that a model could learn: always yes, always no, always the longer or the shorter answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.data.audit.report import SPLITS, Finding, Item, Limits, LoadedFolder
from tasks.data.audit.words import words

#: Repetitions of the cross-validation, and folds of each.
_REPETITIONS, _FOLDS = 20, 5


def balance(loaded: LoadedFolder, limits: Limits, figures: dict[str, Any]) -> Iterator[Finding]:
    """Check the share of yes answers in every split and the lengths of pairs; adds what it measures to `figures`."""
    for split in SPLITS:
        items = loaded.splits[split] or ()
        yield from _yes(split, items, limits, figures)
        pairs = [item for item in items if "rejected" in item.answers]
        if len(pairs) >= limits.fewest:
            yield from _lengths(split, pairs, limits, figures)


def verdict(item: Item) -> str:
    """`yes` or `no` if the answer begins with it, else an empty string."""
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
    """Cross-validated accuracy, in [0, 1], of a logistic regression that tells chosen from rejected by length alone.

    Its features are the signed difference in words, that difference relative to the longer answer, and its sign. It is
    trained on every pair in both orders; a tie counts half. The accuracy is the mean of 20 repetitions of five-fold
    cross-validation.

    Args:
        chosen: lengths in words.
        rejected: lengths in words, in the same order.
        rng: shuffles the folds.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold

    difference = np.array(chosen) - np.array(rejected)
    features = np.column_stack([difference, difference / np.maximum(chosen, rejected) * 10, np.sign(difference)])
    scores = []
    for _ in range(_REPETITIONS):
        for train, test in KFold(_FOLDS, shuffle=True, random_state=rng.randrange(2**31)).split(features):
            both = np.vstack([features[train], -features[train]])
            labels = np.repeat([1, 0], len(train))
            weights = LogisticRegression(fit_intercept=False).fit(both, labels).coef_[0]
            scores.append((np.sign(features[test] @ weights) + 1).mean() / 2)
    return float(np.mean(scores))
