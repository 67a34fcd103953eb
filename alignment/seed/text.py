"""Public-domain text for the stand-in seed model: pages of paragraphs, paragraphs of sentences."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(]?[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(?:U\.S|e\.g|i\.e|Mr|Mrs|Ms|Dr|No|vs|St|Inc|[A-Z])\.$")


@dataclass(frozen=True)
class Page:
    """One page (or speech) of running text; `paragraphs` in reading order."""

    paragraphs: tuple[str, ...]


def read_pages(folder: Path) -> list[Page]:
    """Read every `*.txt` and `*.txt.gz` below `folder`, one paragraph a line, a blank line between pages.

    Raises:
        FileNotFoundError: no such file lies below `folder`.
    """
    files = sorted([*folder.rglob("*.txt"), *folder.rglob("*.txt.gz")])
    files = [file for file in files if not file.name.startswith("SOURCE")]
    if not files:
        raise FileNotFoundError(f"no .txt or .txt.gz file below {folder}")
    return [page for file in files for page in _pages(file)]


def _pages(file: Path) -> Iterator[Page]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        page: list[str] = []
        for line in lines:
            if text := line.strip():
                page.append(text)
            elif page:
                yield Page(tuple(page))
                page = []
        if page:
            yield Page(tuple(page))


def split_sentences(paragraph: str) -> list[str]:
    """Split a paragraph into sentences; a split after a known abbreviation is mended."""
    sentences: list[str] = []
    for piece in _SENTENCE_END.split(paragraph):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] += " " + piece
        else:
            sentences.append(piece)
    return sentences
