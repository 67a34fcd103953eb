"""Writes a synthesis as a data folder that `tasks.data.folder.DataFolder` reads."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from alignment.synthesis.render import as_tables
from alignment.synthesis.report import Report
from alignment.synthesis.synthesise import Synthesis
from alignment.synthesis.types import Rejected
from tasks.data.audit.report import SPLITS
from tasks.data.types import Document
from tasks.documents.document import markdown_of, read_document
from valign.errors import InputError
from valign.files import write_atomic, write_json
from valign.jsonl import as_lines

#: Folder below the data folder for the document as read, the report, rejected drafts and the cache of replies.
NOTES = "synthesis"


def store_document(document: Document, folder: Path) -> Document:
    """Write the document below `synthesis/` and read it back, so that data is written about what the folder contains.

    Raises:
        InputError: the folder has another document, or this one cannot be written as Markdown sections.
    """
    path, text = folder / "document.md", markdown_of(document)
    if path.is_file() and path.read_text(encoding="utf-8") != text and not (folder / NOTES).is_dir():
        raise InputError(f"{path}: another document is here already, not written by a synthesis; expected a new --out")
    write_atomic(folder / NOTES / path.name, text)
    return replace(read_document(folder / NOTES / path.name), name=folder.name)


def write(synthesis: Synthesis, folder: Path) -> None:
    """Write the report and the rejected drafts below `synthesis/`, then a file for each split that has items.

    `document.md` marks a data folder: it is written last, and only if there is an item.
    """
    notes = folder / NOTES
    write_atomic(notes / "rejected.jsonl", as_lines(_row(one) for one in synthesis.rejected))
    report = synthesis.report
    write_json(notes / "report.json", report.as_json())
    write_atomic(notes / "report.txt", report_text(report))
    for split in SPLITS:
        path = folder / f"{split}.jsonl"
        examples = [asdict(item.example()) for item in synthesis.items if item.split == split]
        if examples:
            write_atomic(path, as_lines(examples))
        else:
            path.unlink(missing_ok=True)  # left by an earlier synthesis; an empty file would be an error
    if synthesis.items:
        write_atomic(folder / "document.md", (notes / "document.md").read_text(encoding="utf-8"))


def empty_splits(synthesis: Synthesis) -> list[str]:
    """The splits without items."""
    return [split for split in SPLITS if not any(item.split == split for item in synthesis.items)]


def report_text(report: Report) -> str:
    """The report's tables as plain text."""
    text = io.StringIO()
    Console(width=120, file=text).print(as_tables(report))
    return text.getvalue()


def _row(one: Rejected) -> dict[str, Any]:
    draft = {name: value for name, value in vars(one.draft).items() if name != "chunk"}
    return {"reason": one.reason, "detail": one.detail, "chunk": one.draft.chunk.id, **draft}
