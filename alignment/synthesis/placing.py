"""From validated drafts to items of the four files: which is trained on, which is held out, and under what id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from alignment.synthesis.split import Split, rank
from alignment.synthesis.types import Draft
from tasks.audit.report import Item
from tasks.types import HeldOut, Instruction, Preference

_FILES = {("instruct", False): "sft", ("scenario", False): "preference"}
_FILES |= {("instruct", True): "heldout", ("scenario", True): "heldout_preference"}


@dataclass(frozen=True)
class Placed:
    """A draft with its file (`sft`, `preference`, `heldout` or `heldout_preference`) and the teacher that wrote it."""

    draft: Draft
    file: str
    teacher: str
    seen: bool = True

    @property
    def id(self) -> str:
        """The chunk, the teacher, the file and the draft's number: unique, and it says who wrote it."""
        teacher = re.sub(r"[^A-Za-z0-9.]+", "-", self.teacher).strip("-")
        return f"{self.draft.chunk.id}-{teacher}-{self.file.replace('_', '-')}-{self.draft.number:02d}"

    def item(self) -> Item:
        """As the audit compares it."""
        draft = self.draft
        answer = {"sft": "completion", "heldout": "reference"}.get(self.file, "chosen")
        answers = {answer: draft.answer, **({"rejected": draft.rejected} if answer == "chosen" else {})}
        place = {"section": draft.chunk.section, "chunk": draft.chunk.id}
        return Item(
            self.file, self.id, self.id, draft.kind, **place, prompt=draft.prompt, answers=answers, seen=self.seen
        )

    def example(self) -> Instruction | Preference | HeldOut:
        """As its file holds it."""
        draft = self.draft
        first = (self.id, draft.kind, draft.chunk.section, draft.chunk.id, draft.prompt, draft.answer)
        if self.file == "sft":
            return Instruction(*first)
        if self.file == "heldout":
            return HeldOut(*first, seen=self.seen)
        return Preference(*first, draft.rejected, seen=self.seen)


def place(drafts: Sequence[Draft], split: Split, teacher: str, seed: int, share: float) -> list[Placed]:
    """Put every draft where its chunk's role says, in the order given.

    Of a `mixed` section, which has no chunk to spare, a `share` of each pipeline's drafts is held out, at least one
    where there are two.
    """
    spared = _spared(drafts, split, seed, share)
    return [
        Placed(d, _FILES[d.pipeline, split.roles[d.chunk.id] in ("seen", "unseen") or d in spared], teacher)
        for d in drafts
    ]


def _spared(drafts: Sequence[Draft], split: Split, seed: int, share: float) -> set[Draft]:
    groups: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        if split.roles[draft.chunk.id] == "mixed":
            groups.setdefault((draft.chunk.section, draft.pipeline), []).append(draft)
    spared: set[Draft] = set()
    for members in groups.values():
        count = max(1, round(share * len(members))) if len(members) > 1 else 0
        spared |= set(sorted(members, key=lambda draft: rank(seed, draft.chunk.text, draft.prompt))[:count])
    return spared


def with_seen_flags(placed: Sequence[Placed]) -> list[Placed]:
    """The same items, held-out ones marked seen where some training item that is left covers their section."""
    trained = {p.draft.chunk.section for p in placed if p.file in ("sft", "preference")}
    return [replace(p, seen=p.draft.chunk.section in trained) for p in placed]
