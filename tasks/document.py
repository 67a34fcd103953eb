"""A Markdown document to sections, and sections to chunks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from tasks.errors import InputError
from tasks.types import Chunk, Document, Section

_ANCHOR = re.compile(r"\s*\{#([\w.-]+)\}\s*$")
#: A list's item on a line of its own.
_ITEM = re.compile(r"\s*(-|\(?\w{1,3}[.)])\s")


def read_document(path: Path) -> Document:
    """Read a document: `# Title`, then `## Heading {#section-id}` and the section's paragraphs.

    A heading without an anchor gets an id made from its words.

    Raises:
        InputError: no such file, no title, no section, a section without text, an id used twice.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; a Markdown document is wanted here")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path}: no UTF-8 text; a Markdown document is wanted here") from None
    titles = [line[2:].strip() for line in lines if line.startswith("# ")]
    if not titles:
        raise InputError(f"{path}: no title; the first line must read '# <title of the document>'")
    sections: list[Section] = []
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            heading = line[3:].strip()
            anchor = _ANCHOR.search(heading)
            title = _ANCHOR.sub("", heading)
            body = _body(lines[number:])
            if not body:
                raise InputError(f"{path}:{number}: section {title!r} has no text")
            sections.append(Section(anchor.group(1) if anchor else slug(title), title, body))
    if not sections:
        raise InputError(f"{path}: empty document; at least one '## <heading>' with text below it is wanted")
    ids = [section.id for section in sections]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise InputError(f"{path}: section id {twice[0]!r} is used twice; give one heading an anchor '{{#other-id}}'")
    return Document(path.parent.name, titles[0], tuple(sections))


def _body(following: list[str]) -> str:
    body: list[str] = []
    for line in following:
        if line.startswith(("# ", "## ")):
            break
        body.append(line.rstrip())
    return "\n".join(body).strip()


def slug(title: str) -> str:
    """An id from a heading: lower case, words joined by hyphens, Latin letters without their accents."""
    plain = ("".join(filter(str.isascii, parts)) or c for c in title for parts in [unicodedata.normalize("NFKD", c)])
    return re.sub(r"[\W_]+", "-", "".join(plain).lower()).strip("-")


def markdown_of(document: Document) -> str:
    """The Markdown that `read_document` reads back to the same sections, every heading with its id."""
    parts = [f"# {document.title}", *(f"## {s.title} {{#{s.id}}}\n\n{s.text}" for s in document.sections)]
    return "\n\n".join(parts) + "\n"


def chunk_document(document: Document, count: Callable[[str], int] | None = None, bound: int = 256) -> list[Chunk]:
    """Cut every section into chunks: one a paragraph, a longer one at the items of its list or at ends of sentences.

    Args:
        document: what to cut.
        count: tokens in a text, by the tokenizer of the model that will read the chunks; words where None.
        bound: most tokens a chunk may hold. Where a single sentence has more, it is cut between words.

    Returns:
        Chunks in reading order, numbered from 1 within their section.
    """
    measure = count or (lambda text: len(text.split()))
    chunks = []
    for section in document.sections:
        pieces = [
            p for paragraph in section.text.split("\n\n") if paragraph.strip() for p in _cut(paragraph, measure, bound)
        ]
        chunks += [Chunk(f"{section.id}.{n}", section.id, piece) for n, piece in enumerate(pieces, 1)]
    return chunks


def _cut(paragraph: str, measure: Callable[[str], int], bound: int) -> list[str]:
    text = "".join(f"\n{line}" if _ITEM.match(line) else f" {line.strip()}" for line in paragraph.split("\n"))
    text = "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
    if measure(text) <= bound:
        return [text]
    from semantic_text_splitter import TextSplitter

    return TextSplitter.from_callback(measure, bound).chunks(text)
