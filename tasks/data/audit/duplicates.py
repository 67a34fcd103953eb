"""Exact and near duplicates, within a split or across splits.

Exact: the same prompt, ignoring case, punctuation and white space. Near: the Jaccard similarity of the 3-word sequences
of prompt and answer together, or of the 2-word sequences of the prompt, reaches a bound; MinHash (datasketch) finds the
candidates, whose similarity is then computed exactly. Distinct shipped items reach 0.31 and 0.50; the bounds are 0.5
and 0.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tasks.data.audit.report import Finding, Item, Limits
from tasks.data.audit.words import sequences, words

_PERMUTATIONS = 128


def pair(check: str, first: Item, second: Item, detail: str) -> Finding:
    """A finding about two items."""
    return Finding(check, f"{first.at} ~ {second.at}", f"{first.id} ~ {second.id}: {detail}")


def exact_duplicates(items: list[Item]) -> Iterator[tuple[int, int]]:
    """Pairs of indices, the earlier first, of items with the same prompt."""
    first: dict[tuple[str, ...], int] = {}
    for index, item in enumerate(items):
        if (other := first.setdefault(tuple(words(item.prompt)), index)) != index:
            yield other, index


def near_duplicates(items: list[Item], limits: Limits) -> Iterator[tuple[int, int, float]]:
    """Pairs of indices of near duplicates, the earlier first, with their Jaccard similarity in [0, 1]."""
    texts = [_shingles(f"{item.prompt} {item.answer}", 3) for item in items]
    prompts = [_shingles(item.prompt, 2) for item in items]
    found: dict[tuple[int, int], float] = {}
    for shingles, bound in ((texts, limits.near_text), (prompts, limits.near_prompt)):
        for first, second in _candidates(shingles, bound):
            similarity = _jaccard(shingles[first], shingles[second])
            if similarity >= bound:
                found[first, second] = max(similarity, found.get((first, second), 0.0))
    for (first, second), similarity in sorted(found.items()):
        yield first, second, similarity


def _shingles(text: str, length: int) -> frozenset[str]:
    tokens = words(text)
    return frozenset(" ".join(sequence) for sequence in sequences(tokens, length) or [tuple(tokens)])


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second)


def _candidates(shingles: list[frozenset[str]], bound: float) -> set[tuple[int, int]]:
    from datasketch import MinHash, MinHashLSH

    # The threshold is lower than the bound, because MinHash is approximate; the exact similarity decides.
    index = MinHashLSH(threshold=bound * 0.8, num_perm=_PERMUTATIONS)
    hashes = MinHash.bulk([[s.encode() for s in sorted(group)] for group in shingles], num_perm=_PERMUTATIONS)
    pairs = set()
    for number, minhash in enumerate(hashes):
        pairs |= {(int(other), number) for other in index.query(minhash)}
        index.insert(str(number), minhash)
    return pairs


def groups(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """All pairs within the connected components of `pairs`, so that copies get no second finding by another check."""
    parent: dict[int, int] = {}

    def root(index: int) -> int:
        while parent.setdefault(index, index) != index:
            index = parent[index]
        return index

    for first, second in pairs:
        parent[root(second)] = root(first)
    members: dict[int, list[int]] = {}
    for index in sorted(parent):
        members.setdefault(root(index), []).append(index)
    return {couple for group in members.values() for couple in combinations(group, 2)}
