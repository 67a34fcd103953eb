"""Converts examples to rows in TRL's formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alignment.method import Method, Rows
from tasks.data.folder import DataFolder
from tasks.data.types import Chunk, Document, Instruction, Preference


def training_rows(folder: DataFolder, method: Method, chunks: Callable[[], Sequence[Chunk]]) -> Rows:
    """The training rows of a method.

    Args:
        folder: the data.
        method: reads the document, instructions or preferences.
        chunks: gives the document's chunks; called only for methods that read the document.

    Raises:
        InputError: the file that the method reads is missing or faulty.
    """
    if method.reads == "document":
        return document_rows(folder.document(), chunks())
    if method.reads == "instructions":
        return instruction_rows(folder.instructions())
    return preference_rows(folder.preferences())


def document_rows(document: Document, chunks: Sequence[Chunk]) -> Rows:
    """`text` rows: each chunk under its section's title."""
    titles = {section.id: section.title for section in document.sections}
    return [{"text": f"{titles[chunk.section]}\n{chunk.text}"} for chunk in chunks]


def instruction_rows(examples: Sequence[Instruction]) -> Rows:
    """Conversational `prompt`/`completion` rows."""
    return [{"prompt": user(e.prompt), "completion": assistant(e.completion)} for e in examples]


def preference_rows(examples: Sequence[Preference]) -> Rows:
    """Conversational `prompt`/`chosen`/`rejected` rows."""
    return [
        {"prompt": user(e.prompt), "chosen": assistant(e.chosen), "rejected": assistant(e.rejected)} for e in examples
    ]


def user(content: str) -> list[dict[str, str]]:
    """A conversation of one user turn."""
    return [{"role": "user", "content": content}]


def assistant(content: str) -> list[dict[str, str]]:
    """A conversation of one assistant turn."""
    return [{"role": "assistant", "content": content}]
