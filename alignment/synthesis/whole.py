"""Validation of the items together: duplicates, leaks and imbalance, by the audit's own measures and bounds.

Of two duplicates the training item goes; of a leak the held-out item does. What is dropped to restore a balance is what
tips it most, or is chosen by a hash where all tip it alike.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from alignment.synthesis.placing import Placed, with_seen_flags
from alignment.synthesis.split import rank
from alignment.synthesis.types import Rejected
from tasks.audit.balance import length_accuracy, verdict
from tasks.audit.duplicates import exact_duplicates, near_duplicates
from tasks.audit.leaks import leaks
from tasks.audit.paraphrases import paraphrases
from tasks.audit.report import SPLITS, Limits, Loaded
from tasks.audit.words import words
from tasks.types import Document

#: Which file's item stays when two say the same, the first named first.
_STAYS = ("heldout", "heldout_preference", "sft", "preference")
#: Dropping items changes the neighbourhood by which paraphrases are told: look again, but not for ever.
_ROUNDS = 6


def validate_together(
    placed: Sequence[Placed], document: Document, embedder: str, limits: Limits
) -> tuple[list[Placed], list[Rejected]]:
    """The items that can stand beside each other, in the order given, with their seen flags, and the others."""
    rejected: list[Rejected] = []
    kept = list(placed)
    for _ in range(_ROUNDS):
        before = len(kept)
        for find in (_duplicates, _leaks, _imbalance):
            found: dict[int, tuple[str, str]] = {}
            for n, reason in find(kept, document, limits, embedder):
                found.setdefault(n, reason)  # the strictest check speaks first
            rejected += [Rejected(kept[n].draft, *reason) for n, reason in sorted(found.items())]
            kept = [one for n, one in enumerate(kept) if n not in found]
        if len(kept) == before:
            break
    return with_seen_flags(kept), rejected


_Found = Iterable[tuple[int, tuple[str, str]]]


def _duplicates(kept: list[Placed], document: Document, limits: Limits, embedder: str) -> _Found:
    order = sorted(range(len(kept)), key=lambda n: _STAYS.index(kept[n].file))
    items = [kept[n].item() for n in order]
    for first, second in exact_duplicates(items):
        yield order[second], ("duplicate", f"the prompt of {items[first].id}")
    for first, second, similarity in near_duplicates(items, limits):
        yield order[second], ("near duplicate", f"{similarity:.0%} of the words of {items[first].id}")
    for first, second, excess in paraphrases(items, limits, embedder):
        yield order[second], ("paraphrase", f"of {items[first].id} (closeness +{excess:.2f})")


def _leaks(kept: list[Placed], document: Document, limits: Limits, embedder: str) -> _Found:
    items = [one.item() for one in kept]
    splits = {split: tuple(item for item in items if item.split == split) for split in SPLITS}
    position = {item.at: n for n, item in enumerate(items)}
    for finding in leaks(Loaded(document, splits), limits, {}):
        yield position[finding.where], ("leak", finding.detail)


def _imbalance(kept: list[Placed], document: Document, limits: Limits, embedder: str) -> _Found:
    for split in SPLITS:
        members = [n for n, one in enumerate(kept) if one.file == split]
        yield from _surplus_verdicts(kept, members, limits)
        if split.endswith("preference") and len(members) >= limits.fewest:
            yield from _telling_lengths(kept, members, limits)


def _surplus_verdicts(kept: list[Placed], members: list[int], limits: Limits) -> _Found:
    """So many of the answers that say yes, or no, as exceed the allowed share."""
    said: dict[str, list[int]] = {"yes": [], "no": []}
    for n in members:
        if kept[n].draft.kind == "yes_no" and (opening := verdict(kept[n].item())):
            said[opening].append(n)
    if sum(map(len, said.values())) < limits.fewest:
        return
    fewer, more = sorted(said.values(), key=len)
    share = limits.yes_share[1]
    allowed = math.floor(len(fewer) * share / (1 - share))
    for n in sorted(more, key=lambda n: rank(0, kept[n].draft.prompt))[: max(0, len(more) - allowed)]:
        yield n, ("yes/no balance", f"{len(more)} answers say one, {len(fewer)} the other")


def _telling_lengths(kept: list[Placed], members: list[int], limits: Limits) -> _Found:
    """The pairs with the greatest difference in length on the side that is longer too often, until no side is."""
    left = sorted(members, key=lambda n: (_difference(kept[n]), kept[n].id))
    while len(left) >= limits.fewest and not _lengths_say_nothing([kept[n] for n in left], limits):
        differences = [_difference(kept[n]) for n in left]
        longer = sum(d > 0 for d in differences) - sum(d < 0 for d in differences)
        step = max(1, len(left) // 50)
        tips = (longer or sum(differences)) > 0
        dropped, left = (left[-step:], left[:-step]) if tips else (left[:step], left[step:])
        for n in dropped:
            yield n, ("length bias", f"chosen answer {_difference(kept[n]):+d} words longer")


def _difference(one: Placed) -> int:
    return len(words(one.draft.answer)) - len(words(one.draft.rejected))


def _lengths_say_nothing(pairs: list[Placed], limits: Limits) -> bool:
    chosen = [len(words(one.draft.answer)) for one in pairs]
    rejected = [len(words(one.draft.rejected)) for one in pairs]
    if abs(sum(chosen) / sum(rejected) - 1) > limits.length_difference:
        return False
    signs = [(c > r) - (c < r) for c, r in zip(chosen, rejected, strict=True)]
    if abs(sum(signs)) > 0.1 * len(signs):
        return False  # the side alone tells more than the bound allows; no need to fit a classifier
    return length_accuracy(chosen, rejected, random.Random(0)) < limits.length_accuracy
