"""Any document to sections: PDF, DOCX, HTML, Markdown, plain text, a folder of them, or several files as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tasks.document import read_document
from tasks.errors import InputError
from tasks.reading.blocks import Block, Source, clean, ended, words
from tasks.reading.folder import NAMELESS, Choice, choose
from tasks.reading.furniture import without_contents
from tasks.reading.sections import document_of
from tasks.reading.sniff import decode, kind_of
from tasks.reading.structure import UNNUMBERED, fold_recurring, rank, with_headings
from tasks.types import Document

__all__ = ["Choice", "Reader", "choose", "read_any"]

#: What reads PDFs: our own layout rules over pdfplumber, or docling, which is an extra.
Reader = Literal["valign", "docling"]

_LONGEST_TITLE = 20
#: Words that a file without any structure may have in one section: a document of its own, one of several.
_UNDIVIDED, _UNDIVIDED_PART = 300, 800


def read_any(*paths: Path, reader: Reader = "valign") -> Document:
    """Read a document: one file, a folder of files, or several of either as one document.

    What a file holds is told by its content. Its headings become sections; where it has none, numbered clauses, bold
    lines or lines in capitals do, else groups of paragraphs. Running headers, page numbers, tables of contents and what
    surrounds the text of a web page are left out. The document is named after the file or the folder. `reader` is for
    PDFs alone.

    Raises:
        InputError: nothing to read, or a file that is empty, binary, too large, encrypted, damaged, a scan, or in an
            unknown encoding; the message names the file and what would be right.
    """
    if not paths:
        raise InputError("no document given; a file or a folder is wanted")
    files = [file for path in paths for file in (choose(path).files if path.is_dir() else (path,))]
    name = _name(paths, files)
    if len(files) == 1 and _is_ours(files[0]):
        return replace(read_document(files[0]), name=name)
    sources = [_source(file, reader) for file in files]
    titled = [_titled(source, file) for source, file in zip(sources, files, strict=True)]
    headings = [b.text for _, blocks in titled for b in blocks if b.kind == "heading"]
    headings += [title for title, _ in titled] + [file.stem for file in files]
    undivided = _UNDIVIDED if len(files) == 1 else _UNDIVIDED_PART
    parts = [(title, _prepared(blocks, headings, undivided)) for title, blocks in titled]
    title = titled[0][0]
    if len(files) > 1 and files[0].stem.lower() not in NAMELESS:
        title = _spelt(name)
    document = document_of(name, title, parts)
    if not document.sections:
        raise InputError(f"{paths[0]}: no text in it; a document with at least one paragraph is wanted")
    return document


def _name(paths: Sequence[Path], files: Sequence[Path]) -> str:
    """The name of the file, or of its folder where the file's says nothing; of several files their folder's."""
    first = paths[0].resolve()
    if len(paths) > 1 or first.stem.lower() in NAMELESS:
        return first.parent.name
    return first.name if first.is_dir() else first.stem


def _is_ours(path: Path) -> bool:
    """Whether a file is a document as valign writes it, every heading with its id: that form is read as it stands."""
    if kind_of(path) != "markdown":
        return False
    lines = decode(path).splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    return lines[0].startswith("# ") and bool(headings) and all(re.search(r"\{#[\w.-]+\}$", h) for h in headings)


def _source(path: Path, reader: Reader) -> Source:
    readers: dict[str, Callable[[Path], Source]] = {
        "pdf": _pdf if reader == "valign" else _pdf_by_docling,
        "docx": _docx,
        "html": _html,
        "markdown": _markdown,
        "text": _text,
    }
    try:
        return readers[kind_of(path)](path)
    except RecursionError:
        raise InputError(f"{path}: its parts are nested too deeply; save it anew from what made it") from None


def _pdf(path: Path) -> Source:
    from tasks.reading.pdf_layout import read_pdf

    return read_pdf(path)


def _pdf_by_docling(path: Path) -> Source:
    from tasks.reading.pdf_docling import read_pdf

    return read_pdf(path)


def _docx(path: Path) -> Source:
    from tasks.reading.docx import read_docx

    return read_docx(path)


def _html(path: Path) -> Source:
    from tasks.reading.markdown import read_page

    return read_page(decode(path))


def _markdown(path: Path) -> Source:
    from tasks.reading.markdown import read_markdown

    return read_markdown(decode(path))


def _text(path: Path) -> Source:
    from tasks.reading.text import read_text

    return read_text(decode(path))


def _titled(source: Source, path: Path) -> tuple[str, list[Block]]:
    """The title of a file, and its blocks without the line that says it.

    It is what the file declares, else its first heading where no other is as high or nothing stands before it, else a
    short first line, else the file's name.
    """
    blocks = list(source.blocks)
    heading = next((n for n, block in enumerate(blocks) if block.kind == "heading"), None)
    if heading is not None:
        first = blocks[heading]
        alone = sum(b.kind == "heading" and b.level == first.level for b in blocks) == 1
        leads = first.level == 1 and (alone or heading == 0) and rank(first.text) == UNNUMBERED
        if first.text == source.title or (leads and source.title is None):
            return first.text, blocks[:heading] + blocks[heading + 1 :]
    if source.title:
        return source.title, blocks
    first = blocks[0] if blocks else Block("text", "")
    if first.kind == "text" and 0 < words(first.text) <= _LONGEST_TITLE and not ended(first.text) and len(blocks) > 1:
        return first.text, blocks[1:]
    return _spelt(path.stem), blocks


def _spelt(name: str) -> str:
    """A file's name as a title."""
    spaced = clean(name.replace("_", " ").replace("-", " "))
    return spaced[:1].upper() + spaced[1:]


def _prepared(blocks: Sequence[Block], headings: Sequence[str], undivided: int) -> list[Block]:
    told = [block for block in blocks if any(c.isalnum() for c in block.text)]
    return fold_recurring(with_headings(without_contents(told, headings), undivided))
