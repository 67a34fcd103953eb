"""The document format of valign: Markdown with a title and sections, read and written."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from tasks.data.types import Document, Section
from valign.errors import InputError
from valign.files import parsed_once

_ANCHOR = re.compile(r"\s*\{#([\w.-]+)\}\s*$")


@parsed_once
def read_document(path: Path) -> Document:
    """Read a document: `# Title`, then `## Heading {#section-id}` and the section's paragraphs.

    A heading without an anchor gets an id made from its words.

    Raises:
        InputError: no such file, no title, no section, a section without text, an id used twice.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a Markdown document")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; expected a Markdown document") from None
    titles = [line[2:].strip() for line in lines if line.startswith("# ")]
    if not titles:
        raise InputError(f"{path}: no title; expected '# <title of the document>' in the first line")
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
        raise InputError(f"{path}: empty document; expected at least one '## <heading>' with text below it")
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
    """An id from a heading: lower case, hyphens between words, Latin letters without accents."""
    plain = ("".join(filter(str.isascii, parts)) or c for c in title for parts in [unicodedata.normalize("NFKD", c)])
    return re.sub(r"[\W_]+", "-", "".join(plain).lower()).strip("-")


def markdown_of(document: Document) -> str:
    """A document as Markdown, with an id at every heading; `read_document` reads back the same sections."""
    parts = [f"# {document.title}", *(f"## {s.title} {{#{s.id}}}\n\n{s.text}" for s in document.sections)]
    return "\n\n".join(parts) + "\n"
