"""The copies stage: answers to the held-out prompts that are copied from somewhere, for reference rows in every table.

They show what a metric rewards. `oracle-sentence` gives back the best sentence of the right passage, a ceiling for
copying out of the document; `nearest-training-answer` gives back what training data say to the most similar prompt, a
floor for anything that was trained on them. No model answers, so no judge ranks them, and they are no one's opponent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.metrics.base import find
from harness.models.answers import Answer, read_answers, write_answers
from harness.recipe.recipe import NEAREST_TRAINING, ORACLE
from harness.stages.base import DocumentPlanner, Label, Stage, Workspace, Write
from harness.stages.machine import Machine
from harness.stages.setup import Setup
from harness.stages.system import chosen_items
from tasks.data.folder import DataFolder
from tasks.data.types import Document, HeldOut, Instruction
from tasks.documents.chunking import chunk_document
from valign.embedding import Embedder, shared_embedder
from valign.errors import InputError
from valign.fingerprint import of_file, of_model, versions
from valign.models.locate import MINILM, locate

#: A row's name in tables.
LABELS = {ORACLE: "oracle sentence", NEAREST_TRAINING: "nearest training answer"}
_LIBRARIES = ("rouge-score", "sentence-transformers", "transformers", "torch")
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])|\n+")


@dataclass(frozen=True, eq=False)
class Copies(Stage):
    """One reference row's answers."""

    setup: Setup
    folder: DataFolder
    row: str

    kind = "copies"
    in_figures = True

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """One a reference row; none copies from training data where there are none.

        Raises:
            InputError: a comparison names a row that has nothing to copy from.
        """
        folder, stages = planner.folder, []
        for row, label in LABELS.items():
            if _source(folder, row).is_file():
                named = Label(folder.name, f"{folder.name}-{row}", f"reference row: {label}", {"system": row})
                stages.append(cls(named, planner.setup, folder, row))
            elif any(row in pair for pair in planner.setup.recipe.comparisons):
                raise InputError(f"comparisons: {row} copies from {_source(folder, row)}, which is not there")
        return stages

    def inputs(self) -> dict[str, Any]:
        """The prompts, what is copied from, and the embedder that compares prompts."""
        return {
            "row": self.row,
            "prompts": of_file(self.folder.path / "heldout.jsonl"),
            "source": of_file(_source(self.folder, self.row)),
            "embedder": of_model(locate(MINILM)) if self.row == NEAREST_TRAINING else None,
            "limit": self.setup.recipe.limit,
            "versions": versions(_LIBRARIES),
        }

    def seconds(self, machine: Machine) -> float:
        """A millisecond a sentence, or a few to embed a prompt."""
        return 2.0 + 0.005 * len(self.folder.held_out())

    @classmethod
    def make(cls, stages: Sequence[Copies], work: Workspace) -> Iterator[tuple[Copies, Write]]:
        """Copy."""
        for stage in stages:
            items = chosen_items(stage.setup, stage.folder.held_out())
            if stage.row == ORACLE:
                texts = oracle_sentences(items, stage.folder.document())
            else:
                texts = nearest_training_answers(items, stage.folder.instructions(), shared_embedder(locate(MINILM)))
            answers = [
                Answer(
                    one.id, one.section, one.kind, one.seen, one.prompt, one.reference, text,
                    value=one.value, stance=one.stance, key_facts=one.key_facts,
                )
                for one, text in zip(items, texts, strict=True)
            ]  # fmt: skip
            yield stage, partial(write_answers, answers=answers)

    @classmethod
    def read(cls, folder: Path) -> list[Answer]:
        """The answers, in the order of the held-out file."""
        return read_answers(folder)


def _source(folder: DataFolder, row: str) -> Path:
    return folder.path / ("document.md" if row == ORACLE else "sft.jsonl")


def oracle_sentences(items: Sequence[HeldOut], document: Document) -> list[str]:
    """For each item the sentence of its paragraph with the highest ROUGE-L against its reference.

    The paragraph is the item's chunk; where the document has no such chunk, the whole section.
    """
    paragraphs = {chunk.id: chunk.text for chunk in chunk_document(document)}
    paragraphs |= {section.id: section.text for section in document.sections}
    candidates = [sentences(paragraphs[one.chunk if one.chunk in paragraphs else one.section]) for one in items]
    pairs = [(sentence, item.reference) for item, some in zip(items, candidates, strict=True) for sentence in some]
    scored = find("rouge").score([one for one, _ in pairs], [one for _, one in pairs])["rougeL"]
    scores = iter(scored.statistics[:, 0].tolist())
    return [max([(next(scores), -at, one) for at, one in enumerate(some)])[2] for some in candidates]


def sentences(text: str) -> list[str]:
    """The sentences of a text; at least one."""
    return [one.strip() for one in _SENTENCE_END.split(text) if one.strip()] or [text]


def nearest_training_answers(
    items: Sequence[HeldOut], instructions: Sequence[Instruction], embedder: Embedder
) -> list[str]:
    """For each item the completion of the training prompt with the highest cosine similarity to its prompt."""
    asked = embedder.vectors([one.prompt for one in items])
    nearest = (asked @ embedder.vectors([one.prompt for one in instructions]).T).argmax(axis=1)
    return [instructions[at].completion for at in nearest]


STAGE = Copies
