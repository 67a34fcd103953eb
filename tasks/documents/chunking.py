"""Divides sections into chunks, the units of prompts and of the retrieval index."""

from __future__ import annotations

import re
from collections.abc import Callable

from tasks.data.types import Chunk, Document

#: A list item at the start of a line.
_ITEM = re.compile(r"\s*(-|\(?\w{1,3}[.)])\s")


def chunk_document(document: Document, count: Callable[[str], int] | None = None, bound: int = 256) -> list[Chunk]:
    """Divide every section into chunks: one for each paragraph; longer ones are split at list items or sentence ends.

    Args:
        document: the document.
        count: counts tokens with the tokenizer of the model that will read the chunks; None counts words.
        bound: most tokens of a chunk. A longer sentence is split between words.

    Returns:
        Chunks in reading order, numbered from 1 within their section.
    """
    measure = count or (lambda text: len(text.split()))
    chunks = []
    for section in document.sections:
        paragraphs = [paragraph for paragraph in section.text.split("\n\n") if paragraph.strip()]
        pieces = [piece for paragraph in paragraphs for piece in split_text(_unwrapped(paragraph), measure, bound)]
        chunks += [Chunk(f"{section.id}.{n}", section.id, piece) for n, piece in enumerate(pieces, 1)]
    return chunks


def split_text(text: str, measure: Callable[[str], int], bound: int) -> list[str]:
    """A text whole, or divided at list items or sentence ends into parts of at most `bound` by `measure`."""
    if measure(text) <= bound:
        return [text]
    from semantic_text_splitter import TextSplitter

    return TextSplitter.from_callback(measure, bound).chunks(text)


def _unwrapped(paragraph: str) -> str:
    """A paragraph with each list item on a line of its own, and no other line break."""
    text = "".join(f"\n{line}" if _ITEM.match(line) else f" {line.strip()}" for line in paragraph.split("\n"))
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
