"""What became of every chunk and of every draft: counts for a program, and tables for a person (`render.py`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment.synthesis.placing import Placed
from alignment.synthesis.split import Role, Split
from alignment.synthesis.types import Drawn, Lost, Pipeline, Rejected

PIPELINES: tuple[Pipeline, ...] = ("instruct", "scenario")
FILES = ("sft", "preference", "heldout", "heldout_preference")


@dataclass(frozen=True)
class Report:
    """A synthesis counted. Drafts of a pipeline are what was kept and what was rejected, and nothing else.

    `chunks` maps every chunk of the document, also the ones passed over, to its role and what each pipeline has of it:
    drafts kept and rejected, or the step in which it was lost.
    """

    document: str
    teacher: str
    fingerprint: str
    settings: Mapping[str, Any]
    sections: Mapping[str, int]
    chunks: Mapping[str, Mapping[str, Any]]
    lost: tuple[Lost, ...]
    drafts: Mapping[str, Mapping[str, int]]
    rejected: Mapping[str, Mapping[str, int]]
    items: Mapping[str, Mapping[str, int]]
    usage: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether the teacher and the critic answered all they were asked."""
        return not self.lost and not any("not criticised" in reasons for reasons in self.rejected.values())

    def as_json(self) -> dict[str, Any]:
        """The report as a dictionary that `json` can write."""
        lost = [vars(one) for one in self.lost]
        return {**vars(self), "lost": lost, "complete": self.complete}


def make_report(
    names: tuple[str, str, str],
    settings: Mapping[str, Any],
    split: Split,
    drawn: Mapping[Pipeline, Drawn],
    placed: Sequence[Placed],
    rejected: Sequence[Rejected],
    usage: Mapping[str, Any],
) -> Report:
    """Count. `names` are the document's, the teacher's and the synthesis's own fingerprint; `rejected` holds all."""
    lost = tuple(one for pipeline in PIPELINES for one in drawn[pipeline].lost)
    kept = {p: [one for one in placed if one.draft.pipeline == p] for p in PIPELINES}
    fell = {p: [one for one in rejected if one.draft.pipeline == p] for p in PIPELINES}
    chunks: dict[str, dict[str, Any]] = {chunk: {"role": "too short"} for chunk in split.too_short}
    chunks |= {chunk: {"role": role} for chunk, role in split.roles.items()}
    for pipeline in PIPELINES:
        kept_of = Counter(one.draft.chunk.id for one in kept[pipeline])
        fell_of = Counter(one.draft.chunk.id for one in fell[pipeline])
        step = {one.chunk: f"{one.step}: {one.reason}" for one in lost if one.pipeline == pipeline}
        for chunk in split.roles:
            counts = {"kept": kept_of[chunk], "rejected": fell_of[chunk]}
            chunks[chunk][pipeline] = {"lost": step[chunk]} if chunk in step else counts
    return Report(
        *names,
        settings=dict(settings),
        sections=_sections(split.roles),
        chunks=chunks,
        lost=lost,
        drafts={p: {"kept": len(kept[p]), "rejected": len(fell[p])} for p in PIPELINES},
        rejected={p: dict(Counter(one.reason for one in fell[p]).most_common()) for p in PIPELINES},
        items={f: dict(sorted(Counter(one.draft.kind for one in placed if one.file == f).items())) for f in FILES},
        usage=dict(usage),
    )


def _sections(roles: Mapping[str, Role]) -> dict[str, int]:
    by_section: dict[str, set[str]] = {}
    for chunk, role in roles.items():
        by_section.setdefault(chunk.rpartition(".")[0], set()).add(role)
    whole = sum(found == {"unseen"} for found in by_section.values())
    return {"trained on": len(by_section) - whole, "held out whole": whole}
