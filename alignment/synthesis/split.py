"""The train/held-out split: a role for every chunk, from which follows the split of every draft.

Whole sections are held out first, then a share of the chunks of the other sections. Every choice sorts by a hash of the
seed and of the section's id or the chunk's text, so an edited paragraph changes no other section and at most one other
chunk of its own section. Requests to a teacher do not depend on the split: a change of the split needs no new call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from alignment.synthesis.types import Draft, SynthesisItem
from tasks.data.audit.report import TRAINING
from tasks.data.audit.words import words
from tasks.data.types import Chunk

#: `unseen`: the whole section is held out. `seen`: the chunk is held out, other chunks of its section are trained on.
#: `train`: trained on. `mixed`: the section has too few chunks to hold one out, so a share of its items is held out.
Role = Literal["train", "mixed", "seen", "unseen"]

_MIN_CHUNKS_TO_HOLD_ONE_OUT = 3
_SPLITS = {
    ("instruct", False): "sft", ("scenario", False): "preference",
    ("instruct", True): "heldout", ("scenario", True): "heldout_preference",
}  # fmt: skip


@dataclass(frozen=True)
class Split:
    """The role of every usable chunk by id, and the ids of chunks that are too short to ask about."""

    roles: Mapping[str, Role]
    too_short: tuple[str, ...]


def hash_rank(seed: int, *texts: str) -> str:
    """A hexadecimal SHA-256 as a sort key: a pseudo-random order that is the same on every machine."""
    return hashlib.sha256("\x1f".join([str(seed), *texts]).encode()).hexdigest()


def split_chunks(chunks: Sequence[Chunk], seed: int, sections: float, share: float, fewest_words: int) -> Split:
    """Give every chunk a role.

    Args:
        chunks: of one document, in reading order.
        seed: another seed gives another choice.
        sections: share of the sections to hold out whole, rounded: at least one if there are three, none if there is
            one or if the share is 0.
        share: share of the chunks of each other section to hold out. Sections with fewer than 3 chunks get `mixed`.
        fewest_words: shorter chunks are skipped.
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
    return set(sorted(sections, key=lambda section: hash_rank(seed, section))[: min(count, len(sections) - 1)])


def _roles(members: list[Chunk], seed: int, share: float) -> dict[str, Role]:
    if share > 0 and len(members) < _MIN_CHUNKS_TO_HOLD_ONE_OUT:
        return {chunk.id: "mixed" for chunk in members}
    ranked = [chunk.id for chunk in sorted(members, key=lambda chunk: hash_rank(seed, chunk.section, chunk.text))]
    count = max(1, round(share * len(ranked))) if share > 0 else 0
    return {chunk: "seen" if position < count else "train" for position, chunk in enumerate(ranked)}


def assign_splits(drafts: Sequence[Draft], split: Split, teacher: str, seed: int, share: float) -> list[SynthesisItem]:
    """Assign every draft to the split that its chunk's role implies, in the order given.

    In a `mixed` section a `share` of each pipeline's drafts is held out, at least one if there are two.
    """
    held_out = _held_out_of_mixed(drafts, split, seed, share)
    return [
        SynthesisItem(d, _SPLITS[d.pipeline, split.roles[d.chunk.id] in ("seen", "unseen") or d in held_out], teacher)
        for d in drafts
    ]


def _held_out_of_mixed(drafts: Sequence[Draft], split: Split, seed: int, share: float) -> set[Draft]:
    groups: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        if split.roles[draft.chunk.id] == "mixed":
            groups.setdefault((draft.chunk.section, draft.pipeline), []).append(draft)
    held_out: set[Draft] = set()
    for members in groups.values():
        count = max(1, round(share * len(members))) if len(members) > 1 else 0
        held_out |= set(sorted(members, key=lambda draft: hash_rank(seed, draft.chunk.text, draft.prompt))[:count])
    return held_out


def with_seen_flags(items: Sequence[SynthesisItem]) -> list[SynthesisItem]:
    """The items with `seen` true where a training item covers their section."""
    trained = {item.draft.chunk.section for item in items if item.split in TRAINING}
    return [replace(item, seen=item.draft.chunk.section in trained) for item in items]
