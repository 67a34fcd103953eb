"""A document and a teacher to items, step by step: split, instruct, scenario, validate, place, validate together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from alignment.synthesis.checks import validate
from alignment.synthesis.placing import Placed, place
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.report import Report, make_report
from alignment.synthesis.split import Split, split_chunks
from alignment.synthesis.types import Draft, Drawn, Pipeline, Progress, Rejected, Settings, Teacher
from alignment.synthesis.whole import validate_together
from tasks.document import chunk_document
from tasks.errors import InputError
from tasks.fingerprint import fingerprint
from tasks.types import Chunk, Document


@dataclass(frozen=True)
class Synthesis:
    """What came of it: the items of the four files, every rejected draft, and the count of both."""

    items: tuple[Placed, ...]
    rejected: tuple[Rejected, ...]
    report: Report


def split_document(document: Document, settings: Settings) -> tuple[list[Chunk], Split]:
    """The chunks to ask about, in reading order, and the split of all.

    Raises:
        InputError: no chunk of the document is long enough.
    """
    chunks = chunk_document(document)
    split = split_chunks(
        chunks, settings.seed, settings.held_out_sections, settings.held_out_share, settings.fewest_words
    )
    usable = [chunk for chunk in chunks if chunk.id in split.roles]
    if not usable:
        least = settings.fewest_words
        raise InputError(f"document {document.name!r}: no paragraph has {least} words; there is nothing to ask about")
    return usable, split


def synthesise(
    document: Document, teacher: Teacher, prompts: Prompts, settings: Settings, embedder: str, progress: Progress
) -> Synthesis:
    """Write and validate data about a document.

    Args:
        document: with the sections that its chunks come from.
        teacher: writes drafts and criticises them.
        prompts: what a model teacher is asked with; part of the fingerprint.
        settings: shares, seed and bounds.
        embedder: a folder with a sentence-transformers model, for grounding and for paraphrases.
        progress: hears of each step.

    Raises:
        InputError: the document has no chunk to ask about, or the teacher cannot be reached.
    """
    chunks, split = split_document(document, settings)
    drawn: dict[Pipeline, Drawn] = {
        "instruct": teacher.instruct(document, chunks, progress),
        "scenario": teacher.scenario(document, chunks, progress),
    }
    rejected = [fault for one in drawn.values() for fault in one.rejected]
    valid: list[Draft] = []
    for one in drawn.values():
        kept, faults = validate(one.drafts, document, teacher, settings, embedder, progress)
        valid += kept
        rejected += faults
    placed = place(valid, split, teacher.name, settings.seed, settings.held_out_share)
    progress("comparing items", 0, 1)
    items, faults = validate_together(placed, document, embedder, settings.limits)
    progress("comparing items", 1, 1)
    rejected += faults
    of = fingerprint(asdict(document), teacher.name, prompts.texts, asdict(settings))
    names = (document.name, teacher.name, of)
    report = make_report(names, asdict(settings), split, drawn, items, rejected, teacher.usage())
    _account(drawn, items, rejected)
    return Synthesis(tuple(items), tuple(rejected), report)


def _account(drawn: dict[Pipeline, Drawn], items: Sequence[Placed], rejected: Sequence[Rejected]) -> None:
    """Every draft is an item or rejected, once.

    Raises:
        RuntimeError: one is lost or doubled, which is a bug.
    """
    written = [d for one in drawn.values() for d in (*one.drafts, *(fault.draft for fault in one.rejected))]
    ended = [*(item.draft for item in items), *(fault.draft for fault in rejected)]
    if len(written) != len(set(written)) or len(ended) != len(set(ended)) or set(written) != set(ended):
        raise RuntimeError(f"synthesis: {len(written)} drafts written, {len(ended)} accounted for")
