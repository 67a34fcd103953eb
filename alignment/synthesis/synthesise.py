"""The steps of a synthesis: split chunks, write drafts, check each draft, assign splits, check the set of items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from alignment.synthesis.draft_checks import check_drafts
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.report import Report, make_report
from alignment.synthesis.set_checks import check_set
from alignment.synthesis.split import Split, assign_splits, split_chunks
from alignment.synthesis.types import (
    Draft,
    OnProgress,
    Pipeline,
    PipelineResult,
    Rejected,
    Settings,
    SynthesisItem,
    Teacher,
)
from tasks.data.types import Chunk, Document
from tasks.documents.chunking import chunk_document
from valign.errors import InputError
from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class Synthesis:
    """The result: the items of the four splits, every rejected draft, and the counts."""

    items: tuple[SynthesisItem, ...]
    rejected: tuple[Rejected, ...]
    report: Report


def split_document(document: Document, settings: Settings) -> tuple[list[Chunk], Split]:
    """The chunks that are long enough to ask about, in reading order, and the split of all chunks.

    Raises:
        InputError: no chunk of the document is long enough.
    """
    chunks = chunk_document(document)
    split = split_chunks(
        chunks, settings.seed, settings.held_out_sections, settings.held_out_share, settings.fewest_words
    )
    usable = [chunk for chunk in chunks if chunk.id in split.roles]
    if not usable:
        fewest = settings.fewest_words
        raise InputError(f"document {document.name!r}: no paragraph has {fewest} words; expected at least one")
    return usable, split


def synthesise(
    document: Document, teacher: Teacher, prompts: Prompts, settings: Settings, embedder: str, on_progress: OnProgress
) -> Synthesis:
    """Write and validate training data and held-out items about a document.

    Args:
        document: with the sections that its chunks come from.
        teacher: writes drafts and judges them.
        prompts: of a model teacher; part of the fingerprint.
        settings: shares, seed and bounds.
        embedder: a folder with a sentence-transformers model, for grounding and for paraphrases.
        on_progress: is called as requests of each step are answered.

    Raises:
        InputError: the document has no chunk to ask about, or the teacher cannot be reached.
    """
    chunks, split = split_document(document, settings)
    results: dict[Pipeline, PipelineResult] = {
        "instruct": teacher.instruct(document, chunks, on_progress),
        "scenario": teacher.scenario(document, chunks, on_progress),
    }
    rejected = [fault for result in results.values() for fault in result.rejected]
    valid: list[Draft] = []
    for result in results.values():
        kept, faults = check_drafts(result.drafts, document, teacher, settings, embedder, on_progress)
        valid += kept
        rejected += faults
    assigned = assign_splits(valid, split, teacher.name, settings.seed, settings.held_out_share)
    on_progress("comparing items", 0, 1)
    items, faults = check_set(assigned, document, embedder, settings.limits)
    on_progress("comparing items", 1, 1)
    rejected += faults
    identity = fingerprint(asdict(document), teacher.name, prompts.texts, asdict(settings))
    names = (document.name, teacher.name, identity)
    report = make_report(names, asdict(settings), split, results, items, rejected, teacher.usage())
    _check_completeness(results, items, rejected)
    return Synthesis(tuple(items), tuple(rejected), report)


def _check_completeness(
    results: dict[Pipeline, PipelineResult], items: Sequence[SynthesisItem], rejected: Sequence[Rejected]
) -> None:
    """Every draft must be an item or rejected, exactly once.

    Raises:
        RuntimeError: a draft is missing or occurs twice, which is a bug.
    """
    written = [d for result in results.values() for d in (*result.drafts, *(fault.draft for fault in result.rejected))]
    ended = [*(item.draft for item in items), *(fault.draft for fault in rejected)]
    if len(written) != len(set(written)) or len(ended) != len(set(ended)) or set(written) != set(ended):
        raise RuntimeError(f"synthesis: {len(written)} drafts written, {len(ended)} accounted for")
