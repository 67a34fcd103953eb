"""A synthesis to a data folder as `tasks.folder.DataFolder` reads it."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from alignment.synthesis.render import as_tables
from alignment.synthesis.report import FILES, Report
from alignment.synthesis.synthesise import Synthesis
from alignment.synthesis.types import Rejected
from tasks.document import markdown_of, read_document
from tasks.errors import InputError
from tasks.files import write_whole
from tasks.jsonl import as_lines
from tasks.types import Document

#: Below the data folder: the document as it was read, the report, what was rejected, and the cache of replies.
NOTES = "synthesis"


def as_read_back(document: Document, folder: Path) -> Document:
    """Write the document below `synthesis/` and read it: what data is made from is what the folder will hold.

    Raises:
        InputError: another document lies there, or this one cannot be told in Markdown sections.
    """
    path, text = folder / "document.md", markdown_of(document)
    if path.is_file() and path.read_text(encoding="utf-8") != text and not (folder / NOTES).is_dir():
        raise InputError(f"{path}: another document lies here, and no synthesis made it; give another --out")
    write_whole(folder / NOTES / path.name, text)
    return replace(read_document(folder / NOTES / path.name), name=folder.name)


def write(synthesis: Synthesis, folder: Path) -> None:
    """Write report and rejected drafts below `synthesis/`, then those of the four files that have items.

    `document.md`, which makes it a data folder, comes last, and only where some item was left.
    """
    notes = folder / NOTES
    write_whole(notes / "rejected.jsonl", as_lines(_row(one) for one in synthesis.rejected))
    report = synthesis.report
    write_whole(notes / "report.json", json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n")
    write_whole(notes / "report.txt", report_text(report))
    for file in FILES:
        examples = [asdict(placed.example()) for placed in synthesis.items if placed.file == file]
        if examples:
            write_whole(folder / f"{file}.jsonl", as_lines(examples))
        else:
            (folder / f"{file}.jsonl").unlink(missing_ok=True)  # of an earlier synthesis; an empty file reads as broken
    if synthesis.items:
        write_whole(folder / "document.md", (notes / "document.md").read_text(encoding="utf-8"))


def missing(synthesis: Synthesis) -> list[str]:
    """The files that have no item."""
    return [file for file in FILES if not any(placed.file == file for placed in synthesis.items)]


def report_text(report: Report) -> str:
    """The report's tables as plain text."""
    text = io.StringIO()
    Console(width=120, file=text).print(as_tables(report))
    return text.getvalue()


def _row(one: Rejected) -> dict[str, Any]:
    draft = {name: value for name, value in vars(one.draft).items() if name != "chunk"}
    return {"reason": one.reason, "detail": one.detail, "chunk": one.draft.chunk.id, **draft}
