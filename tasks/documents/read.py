"""Reads a document in any format: PDF, DOCX, HTML, Markdown, plain text, a folder of them, or several files as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tasks.data.types import Document
from tasks.documents.blocks import Block, Source, clean, count_words, ends_sentence
from tasks.documents.document import read_document
from tasks.documents.file_types import decode, file_type
from tasks.documents.folder import GENERIC_NAMES, select_files
from tasks.documents.sections import build_document
from tasks.documents.structure import UNNUMBERED, fold_recurring, heading_rank, with_headings
from tasks.documents.table_of_contents import without_table_of_contents
from valign.errors import InputError

#: The reader for PDFs: layout rules over pdfplumber, or docling, which is an optional dependency.
Reader = Literal["valign", "docling"]

_MAX_TITLE_WORDS = 20
#: Most words in one section of a file without any structure: of a single file, and of one among several.
_MAX_UNDIVIDED, _MAX_UNDIVIDED_PART = 300, 800


def read_any(*paths: Path, reader: Reader = "valign") -> Document:
    """Read a document from one file, from a folder of files, or from several of either.

    The format of a file is detected from its content. Its headings become sections; without headings, numbered clauses,
    bold lines or lines in capitals do, and otherwise groups of paragraphs. Running headers, page numbers, tables of
    contents and the navigation of web pages are left out. The document is named after the file or the folder.

    Args:
        paths: files and folders, in reading order.
        reader: for PDFs.

    Raises:
        InputError: nothing to read, or a file that is empty, binary, too large, encrypted, damaged, a scan, or in an
            unknown encoding; the message names the file and what was expected.
    """
    if not paths:
        raise InputError("no document given; expected a file or a folder")
    files = [file for path in paths for file in (select_files(path).files if path.is_dir() else (path,))]
    name = _document_name(paths)
    if len(files) == 1 and _is_valign_markdown(files[0]):
        return replace(read_document(files[0]), name=name)
    sources = [_read_blocks(file, reader) for file in files]
    titled = [_split_title(source, file) for source, file in zip(sources, files, strict=True)]
    headings = [b.text for _, blocks in titled for b in blocks if b.kind == "heading"]
    headings += [title for title, _ in titled] + [file.stem for file in files]
    max_words = _MAX_UNDIVIDED if len(files) == 1 else _MAX_UNDIVIDED_PART
    parts = [(title, _with_structure(blocks, headings, max_words)) for title, blocks in titled]
    title = titled[0][0]
    if len(files) > 1 and files[0].stem.lower() not in GENERIC_NAMES:
        title = _title_from_name(name)
    document = build_document(name, title, parts)
    if not document.sections:
        raise InputError(f"{paths[0]}: no text in it; expected at least one paragraph")
    return document


def _document_name(paths: Sequence[Path]) -> str:
    """The name of the file, or of its folder if there are several files or the file has a generic name."""
    first = paths[0].resolve()
    if len(paths) > 1 or first.stem.lower() in GENERIC_NAMES:
        return first.parent.name
    return first.name if first.is_dir() else first.stem


def _is_valign_markdown(path: Path) -> bool:
    """Whether a file has the form that valign writes, with an id at every heading; it is then read unchanged."""
    if file_type(path) != "markdown":
        return False
    lines = decode(path).splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    return lines[0].startswith("# ") and bool(headings) and all(re.search(r"\{#[\w.-]+\}$", h) for h in headings)


def _read_blocks(path: Path, reader: Reader) -> Source:
    kind = file_type(path)
    try:
        if kind == "pdf" and reader == "docling":
            from tasks.documents.pdf_docling import read_pdf as read_pdf_by_docling

            return read_pdf_by_docling(path)
        if kind == "pdf":
            from tasks.documents.pdf_layout import read_pdf

            return read_pdf(path)
        if kind == "docx":
            from tasks.documents.docx import read_docx

            return read_docx(path)
        if kind == "text":
            from tasks.documents.text import read_text

            return read_text(decode(path))
        from tasks.documents.markdown import read_markdown, read_page

        return read_page(decode(path)) if kind == "html" else read_markdown(decode(path))
    except RecursionError:
        raise InputError(f"{path}: nested too deeply; save it again with the program that created it") from None


def _split_title(source: Source, path: Path) -> tuple[str, list[Block]]:
    """The title of a file, and its blocks without the title.

    The title is the one that the file declares; otherwise the first heading, if it is the only one of its level or
    nothing precedes it; otherwise a short first line; otherwise the file's name.
    """
    blocks = list(source.blocks)
    heading = next((n for n, block in enumerate(blocks) if block.kind == "heading"), None)
    if heading is not None:
        first = blocks[heading]
        only = sum(b.kind == "heading" and b.level == first.level for b in blocks) == 1
        leads = first.level == 1 and (only or heading == 0) and heading_rank(first.text) == UNNUMBERED
        if first.text == source.title or (leads and source.title is None):
            return first.text, blocks[:heading] + blocks[heading + 1 :]
    if source.title:
        return source.title, blocks
    if len(blocks) > 1 and blocks[0].kind == "text":
        text = blocks[0].text
        if 0 < count_words(text) <= _MAX_TITLE_WORDS and not ends_sentence(text):
            return text, blocks[1:]
    return _title_from_name(path.stem), blocks


def _title_from_name(name: str) -> str:
    """A file's name as a title: spaces for hyphens and underscores, a capital letter first."""
    spaced = clean(name.replace("_", " ").replace("-", " "))
    return spaced[:1].upper() + spaced[1:]


def _with_structure(blocks: Sequence[Block], headings: Sequence[str], max_words: int) -> list[Block]:
    with_text = [block for block in blocks if any(c.isalnum() for c in block.text)]
    return fold_recurring(with_headings(without_table_of_contents(with_text, headings), max_words))
