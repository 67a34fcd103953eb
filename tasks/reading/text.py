"""Plain text to blocks: paragraphs and the lists in them, whether lines are wrapped or not."""

from __future__ import annotations

import re

from tasks.reading.blocks import Block, Source, clean, ended
from tasks.reading.structure import capitals, named

_ITEM = re.compile(r"\s*([-*•●○◦▪■□☐–]|\(?[a-z]\)|\(?[ivx]+\)|\(\d+\))\s+(?=\S)")
#: A file with a longer line than this, in characters, has one paragraph to a line.
_WRAP = 120


def split_marker(line: str) -> tuple[str, str]:
    """A line's bullet or letter ('' where it has none; a bullet of any kind is '-') and the rest of it."""
    found = _ITEM.match(line)
    if found is None:
        return "", line.strip()
    mark = found.group(1)
    return (mark if len(mark) > 1 else "-"), line[found.end() :].strip()


def read_text(text: str) -> Source:
    """Blocks of a plain text. It has no headings of its own: `structure` finds them where there are any."""
    lines = text.replace("\f", "\n\n").splitlines()
    wrapped = max(map(len, lines), default=0) <= _WRAP
    blocks: list[Block] = []
    marker, gathered = "", list[str]()

    def finish() -> None:
        if whole := clean(" ".join(gathered)):
            blocks.append(Block("item", whole, marker=marker) if marker else Block("text", whole))
        gathered.clear()

    for line in lines:
        alone = _heading(line.strip())
        found, rest = split_marker(line)
        if not line.strip() or found or alone or not wrapped or _closed(gathered):
            finish()
            marker = found
        gathered.append(rest)
        if alone:
            finish()
            marker = ""
    finish()
    return Source(None, tuple(blocks))


def _heading(line: str) -> bool:
    return bool(line) and (named(line) or capitals(line))


def _closed(lines: list[str]) -> bool:
    """Whether a paragraph ended with its last line: a sentence ends there, well before the others' width."""
    return len(lines) > 1 and ended(lines[-1]) and len(lines[-1]) < 0.6 * max(map(len, lines))
