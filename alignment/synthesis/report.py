"""The report of a synthesis: the outcome of every chunk and draft, counted. `render.py` prints it as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment.synthesis.split import Role, Split
from alignment.synthesis.types import PIPELINES, LostChunk, Pipeline, PipelineResult, Rejected, SynthesisItem
from tasks.data.audit.report import SPLITS


@dataclass(frozen=True)
class Report:
    """Counts of a synthesis. Every draft of a pipeline is either kept or rejected.

    `chunks` maps every chunk of the document, skipped ones included, to its role and, for each pipeline, either its
    kept and rejected drafts or the step in which it was lost.
    """

    document: str
    teacher: str
    fingerprint: str
    settings: Mapping[str, Any]
    sections: Mapping[str, int]
    chunks: Mapping[str, Mapping[str, Any]]
    lost: tuple[LostChunk, ...]
    drafts: Mapping[str, Mapping[str, int]]
    rejected: Mapping[str, Mapping[str, int]]
    items: Mapping[str, Mapping[str, int]]
    usage: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether the teacher and the critics answered every request."""
        return not self.lost and not any("not criticised" in reasons for reasons in self.rejected.values())

    def as_json(self) -> dict[str, Any]:
        """The report as a dictionary that `json` can write."""
        lost = [vars(one) for one in self.lost]
        return {**vars(self), "lost": lost, "complete": self.complete}


def make_report(
    names: tuple[str, str, str],
    settings: Mapping[str, Any],
    split: Split,
    results: Mapping[Pipeline, PipelineResult],
    items: Sequence[SynthesisItem],
    rejected: Sequence[Rejected],
    usage: Mapping[str, Any],
) -> Report:
    """Count results.

    Args:
        names: the document's name, the teacher's name and the fingerprint of the synthesis.
        settings: of the synthesis.
        split: roles of the chunks.
        results: what each pipeline wrote.
        items: what was kept.
        rejected: all rejected drafts, of both pipelines and of every check.
        usage: calls, tokens and cost.
    """
    lost = tuple(chunk for pipeline in PIPELINES for chunk in results[pipeline].lost)
    kept = {p: [item.draft for item in items if item.draft.pipeline == p] for p in PIPELINES}
    dropped = {p: [fault for fault in rejected if fault.draft.pipeline == p] for p in PIPELINES}
    chunks: dict[str, dict[str, Any]] = {chunk: {"role": "too short"} for chunk in split.too_short}
    chunks |= {chunk: {"role": role} for chunk, role in split.roles.items()}
    for pipeline in PIPELINES:
        n_kept = Counter(draft.chunk.id for draft in kept[pipeline])
        n_rejected = Counter(fault.draft.chunk.id for fault in dropped[pipeline])
        step = {one.chunk: f"{one.step}: {one.reason}" for one in lost if one.pipeline == pipeline}
        for chunk in split.roles:
            counts = {"kept": n_kept[chunk], "rejected": n_rejected[chunk]}
            chunks[chunk][pipeline] = {"lost": step[chunk]} if chunk in step else counts
    return Report(
        *names,
        settings=dict(settings),
        sections=_sections(split.roles),
        chunks=chunks,
        lost=lost,
        drafts={p: {"kept": len(kept[p]), "rejected": len(dropped[p])} for p in PIPELINES},
        rejected={p: dict(Counter(fault.reason for fault in dropped[p]).most_common()) for p in PIPELINES},
        items={s: dict(sorted(Counter(item.draft.kind for item in items if item.split == s).items())) for s in SPLITS},
        usage=dict(usage),
    )


def _sections(roles: Mapping[str, Role]) -> dict[str, int]:
    by_section: dict[str, set[str]] = {}
    for chunk, role in roles.items():
        by_section.setdefault(chunk.rpartition(".")[0], set()).add(role)
    whole = sum(found == {"unseen"} for found in by_section.values())
    return {"trained on": len(by_section) - whole, "held out whole": whole}
