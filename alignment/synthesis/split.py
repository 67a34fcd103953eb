"""What is held out, decided before anything is written.

Whole sections first, then a share of the chunks of the others. Each choice is a rank by a hash of the seed and of the
section's id or the chunk's own words, so a changed paragraph moves no other section and at most one other chunk of its
own section. No request to a teacher depends on the split: what moves costs no call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tasks.audit.words import words
from tasks.types import Chunk

#: `unseen`: the section is held out whole. `seen`: the chunk is held out, its section is trained on. `train`: trained
#: on. `mixed`: its section has too few chunks to hold one out, so a share of the section's items is, marked seen.
Role = Literal["train", "mixed", "seen", "unseen"]

_FEWEST_TO_SPARE_ONE = 3


@dataclass(frozen=True)
class Split:
    """The role of every usable chunk by id, and the chunks passed over because they are too short to ask about."""

    roles: Mapping[str, Role]
    too_short: tuple[str, ...]


def rank(seed: int, *texts: str) -> str:
    """A hash to sort by: as good as chance, and the same on every machine."""
    return hashlib.sha256("\x1f".join([str(seed), *texts]).encode()).hexdigest()


def split_chunks(chunks: Sequence[Chunk], seed: int, sections: float, share: float, fewest_words: int) -> Split:
    """Give every chunk a role.

    Args:
        chunks: of one document, in reading order.
        seed: another seed, another choice.
        sections: share of the sections to hold out whole, rounded, at least one where there are three and none where
            there is one or the share is 0.
        share: share of the chunks of a trained section to hold out. A section of fewer than 3 chunks has none to spare:
            they are `mixed`.
        fewest_words: a chunk with fewer words is passed over.
    """
    usable: dict[str, list[Chunk]] = {}
    too_short = []
    for chunk in chunks:
        if len(words(chunk.text)) < fewest_words:
            too_short.append(chunk.id)
        else:
            usable.setdefault(chunk.section, []).append(chunk)
    unseen = _held_out_sections(list(usable), seed, sections)
    roles: dict[str, Role] = {}
    for section, members in usable.items():
        if section in unseen:
            roles |= {chunk.id: "unseen" for chunk in members}
        else:
            roles |= _roles(members, seed, share)
    return Split(roles, tuple(too_short))


def _held_out_sections(sections: list[str], seed: int, share: float) -> set[str]:
    count = round(share * len(sections))
    if share > 0 and len(sections) >= 3:
        count = max(count, 1)
    return set(sorted(sections, key=lambda section: rank(seed, section))[: min(count, len(sections) - 1)])


def _roles(members: list[Chunk], seed: int, share: float) -> dict[str, Role]:
    if share > 0 and len(members) < _FEWEST_TO_SPARE_ONE:
        return {chunk.id: "mixed" for chunk in members}
    ranked = [chunk.id for chunk in sorted(members, key=lambda chunk: rank(seed, chunk.section, chunk.text))]
    count = max(1, round(share * len(ranked))) if share > 0 else 0
    return {chunk: "seen" if position < count else "train" for position, chunk in enumerate(ranked)}
