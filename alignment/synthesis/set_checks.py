"""Checks of the set of items: duplicates, leaks and imbalance, with the audit's measures and bounds.

Of two duplicates the training item is dropped; of a leak the held-out item. To restore a balance, the items that
contribute most to the imbalance are dropped, chosen by a hash where all contribute alike.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from alignment.synthesis.split import hash_rank, with_seen_flags
from alignment.synthesis.types import Rejected, SynthesisItem
from tasks.data.audit.balance import length_accuracy, verdict
from tasks.data.audit.duplicates import exact_duplicates, near_duplicates
from tasks.data.audit.leaks import leaks
from tasks.data.audit.paraphrases import paraphrases
from tasks.data.audit.report import SPLITS, Limits, LoadedFolder
from tasks.data.audit.words import words
from tasks.data.types import Document

#: Of two duplicates, the item of the split that is named first is kept.
_PRIORITY = ("heldout", "heldout_preference", "sft", "preference")
#: Paraphrase scores depend on the neighbouring items, so checks are repeated after items were dropped.
_MAX_ROUNDS = 6
#: Position of an item, and why it is dropped: reason and detail.
_Dropped = Iterable[tuple[int, tuple[str, str]]]


def check_set(
    items: Sequence[SynthesisItem], document: Document, embedder: str, limits: Limits
) -> tuple[list[SynthesisItem], list[Rejected]]:
    """Split items into those that are kept, in the order given and with their seen flags, and the rejected drafts."""
    rejected: list[Rejected] = []
    kept = list(items)
    for _ in range(_MAX_ROUNDS):
        before = len(kept)
        for find in (_duplicates, _leaks, _imbalance):
            dropped: dict[int, tuple[str, str]] = {}
            for n, reason in find(kept, document, limits, embedder):
                dropped.setdefault(n, reason)  # the strictest check is listed first
            rejected += [Rejected(kept[n].draft, *reason) for n, reason in sorted(dropped.items())]
            kept = [item for n, item in enumerate(kept) if n not in dropped]
        if len(kept) == before:
            break
    return with_seen_flags(kept), rejected


def _duplicates(kept: list[SynthesisItem], document: Document, limits: Limits, embedder: str) -> _Dropped:
    order = sorted(range(len(kept)), key=lambda n: _PRIORITY.index(kept[n].split))
    items = [kept[n].audit_item() for n in order]
    for first, second in exact_duplicates(items):
        yield order[second], ("duplicate", f"the prompt of {items[first].id}")
    for first, second, similarity in near_duplicates(items, limits):
        yield order[second], ("near duplicate", f"{similarity:.0%} of the words of {items[first].id}")
    for first, second, excess in paraphrases(items, limits, embedder):
        yield order[second], ("paraphrase", f"of {items[first].id} (closeness +{excess:.2f})")


def _leaks(kept: list[SynthesisItem], document: Document, limits: Limits, embedder: str) -> _Dropped:
    items = [item.audit_item() for item in kept]
    splits = {split: tuple(item for item in items if item.split == split) for split in SPLITS}
    position = {item.at: n for n, item in enumerate(items)}
    for finding in leaks(LoadedFolder(document, splits), limits, {}):
        yield position[finding.where], ("leak", finding.detail)


def _imbalance(kept: list[SynthesisItem], document: Document, limits: Limits, embedder: str) -> _Dropped:
    for split in SPLITS:
        members = [n for n, item in enumerate(kept) if item.split == split]
        yield from _yes_no_surplus(kept, members, limits)
        if split.endswith("preference") and len(members) >= limits.fewest:
            yield from _length_bias(kept, members, limits)


def _yes_no_surplus(kept: list[SynthesisItem], members: list[int], limits: Limits) -> _Dropped:
    """The yes answers, or the no answers, that exceed the allowed share."""
    by_verdict: dict[str, list[int]] = {"yes": [], "no": []}
    for n in members:
        if kept[n].draft.kind == "yes_no" and (opening := verdict(kept[n].audit_item())):
            by_verdict[opening].append(n)
    if sum(map(len, by_verdict.values())) < limits.fewest:
        return
    fewer, more = sorted(by_verdict.values(), key=len)
    share = limits.yes_share[1]
    allowed = math.floor(len(fewer) * share / (1 - share))
    for n in sorted(more, key=lambda n: hash_rank(0, kept[n].draft.prompt))[: max(0, len(more) - allowed)]:
        yield n, ("yes/no balance", f"{len(more)} answers say one, {len(fewer)} the other")


def _length_bias(kept: list[SynthesisItem], members: list[int], limits: Limits) -> _Dropped:
    """The pairs with the largest length difference on the side that is longer too often, until lengths are balanced."""
    left = sorted(members, key=lambda n: (_difference(kept[n]), kept[n].id))
    while len(left) >= limits.fewest and not _lengths_balanced([kept[n] for n in left], limits):
        differences = [_difference(kept[n]) for n in left]
        longer = sum(d > 0 for d in differences) - sum(d < 0 for d in differences)
        step = max(1, len(left) // 50)
        chosen_longer = (longer or sum(differences)) > 0
        dropped, left = (left[-step:], left[:-step]) if chosen_longer else (left[:step], left[step:])
        for n in dropped:
            yield n, ("length bias", f"chosen answer {_difference(kept[n]):+d} words longer")


def _difference(item: SynthesisItem) -> int:
    return len(words(item.draft.answer)) - len(words(item.draft.rejected))


def _lengths_balanced(pairs: list[SynthesisItem], limits: Limits) -> bool:
    chosen = [len(words(item.draft.answer)) for item in pairs]
    rejected = [len(words(item.draft.rejected)) for item in pairs]
    if abs(sum(chosen) / sum(rejected) - 1) > limits.length_difference:
        return False
    signs = [(c > r) - (c < r) for c, r in zip(chosen, rejected, strict=True)]
    if abs(sum(signs)) > 0.1 * len(signs):
        return False  # the longer side alone exceeds the bound, so no classifier is needed
    return length_accuracy(chosen, rejected, random.Random(0)) < limits.length_accuracy
