"""Plain text to blocks: paragraphs and list items, with wrapped or unwrapped lines."""

from __future__ import annotations

import re

from tasks.documents.blocks import Block, Source, clean, ends_sentence
from tasks.documents.structure import is_in_capitals, is_named_heading

_ITEM = re.compile(r"\s*([-*•●○◦▪■□☐–]|\(?[a-z]\)|\(?[ivx]+\)|\(\d+\))\s+(?=\S)")
#: If a line has more characters, lines are not wrapped: each is a paragraph.
_MAX_WRAPPED = 120


def split_marker(line: str) -> tuple[str, str]:
    """A line's list marker (an empty string if none, `-` for every bullet) and the rest of the line."""
    found = _ITEM.match(line)
    if found is None:
        return "", line.strip()
    mark = found.group(1)
    return (mark if len(mark) > 1 else "-"), line[found.end() :].strip()


def read_text(text: str) -> Source:
    """Read the blocks of a plain text. Headings are found later, in `structure`."""
    lines = text.replace("\f", "\n\n").splitlines()
    wrapped = max(map(len, lines), default=0) <= _MAX_WRAPPED
    blocks: list[Block] = []
    marker, collected = "", list[str]()

    def finish() -> None:
        if whole := clean(" ".join(collected)):
            blocks.append(Block("item", whole, marker=marker) if marker else Block("text", whole))
        collected.clear()

    for line in lines:
        is_heading = _heading(line.strip())
        found, rest = split_marker(line)
        if not line.strip() or found or is_heading or not wrapped or _closed(collected):
            finish()
            marker = found
        collected.append(rest)
        if is_heading:
            finish()
            marker = ""
    finish()
    return Source(None, tuple(blocks))


def _heading(line: str) -> bool:
    return bool(line) and (is_named_heading(line) or is_in_capitals(line))


def _closed(lines: list[str]) -> bool:
    """Whether the last line ends a paragraph: it ends a sentence and is much shorter than the others."""
    return len(lines) > 1 and ends_sentence(lines[-1]) and len(lines[-1]) < 0.6 * max(map(len, lines))
