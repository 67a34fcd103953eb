"""Removes tables of contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tasks.documents.blocks import Block

_PAGE = re.compile(r"[\s.…·_]*\s\d{1,4}$")
_CONTENTS = re.compile(
    r"(table of )?contents|index|inhalt(sverzeichnis)?|sommaire|table des mati[èe]res|[íi]ndice|contenido|目次|目录|"
    r"المحتويات",
    re.IGNORECASE,
)
_MIN_ENTRIES = 3


def is_contents(title: str) -> bool:
    """Whether a heading is the title of a table of contents."""
    return _CONTENTS.fullmatch(title.strip(" :")) is not None


def normalised(title: str) -> str:
    """The letters and digits of a heading or an entry, in lower case and without a page number."""
    return re.sub(r"[\W_]+", "", _PAGE.sub("", title)).lower()


def without_table_of_contents(blocks: Sequence[Block], titles: Iterable[str]) -> list[Block]:
    """The blocks without tables of contents and their headings.

    A table of contents is a run of at least three lines that are links or end in a page number, if most of them repeat
    a heading or if they follow a heading such as `Contents`.

    Args:
        blocks: of one file.
        titles: all headings of the document, including those of its other files.
    """
    known = {normalised(title) for title in titles}
    dropped: set[int] = set()
    start = 0
    while start < len(blocks):
        end = start
        while end < len(blocks) and _entry(blocks[end]):
            end += 1
        run = blocks[start:end]
        has_title = start > 0 and blocks[start - 1].kind == "heading" and is_contents(blocks[start - 1].text)
        repeated = sum(normalised(block.text) in known for block in run)
        if run and (has_title or (2 * repeated > len(run) and (len(run) >= _MIN_ENTRIES or repeated == len(run)))):
            dropped |= set(range(start, end))
            if start > 0 and blocks[start - 1].kind == "heading" and _empty_without(blocks, start - 1, end):
                dropped.add(start - 1)
        start = max(end, start + 1)
    return [block for n, block in enumerate(blocks) if n not in dropped and not _empty_contents(blocks, n)]


def _entry(block: Block) -> bool:
    return block.kind != "heading" and (block.link or _PAGE.search(block.text) is not None)


def _empty_without(blocks: Sequence[Block], heading: int, end: int) -> bool:
    """Whether a heading has no text if the blocks up to `end` are removed."""
    return end == len(blocks) or (blocks[end].kind == "heading" and blocks[end].level <= blocks[heading].level)


def _empty_contents(blocks: Sequence[Block], n: int) -> bool:
    block = blocks[n]
    return (
        block.kind == "heading" and is_contents(block.text)
        and (n + 1 == len(blocks) or blocks[n + 1].kind == "heading")
    )  # fmt: skip
