"""Converts examples to rows in TRL's formats."""

from __future__ import annotations

from collections.abc import Sequence

from alignment.method import Method, Rows
from tasks.data.folder import DataFolder
from tasks.data.types import Document, Instruction, Preference


def training_rows(folder: DataFolder, method: Method) -> Rows:
    """The training rows of a method, which reads the document, instructions or preferences.

    Raises:
        InputError: the file that the method reads is missing or faulty.
    """
    if method.reads == "document":
        return document_rows(folder.document())
    if method.reads == "instructions":
        return instruction_rows(folder.instructions())
    return preference_rows(folder.preferences())


def document_rows(document: Document) -> Rows:
    """One `text` row: the running text of the document, its title and each section below its heading."""
    parts = [document.title, *(f"{section.title}\n\n{section.text}" for section in document.sections)]
    return [{"text": "\n\n".join(parts)}]


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
