"""Tables of contents: what a document lists of itself is no part of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tasks.reading.blocks import Block

_PAGE = re.compile(r"[\s.…·_]*\s\d{1,4}$")
_CONTENTS = re.compile(
    r"(table of )?contents|index|inhalt(sverzeichnis)?|sommaire|table des mati[èe]res|[íi]ndice|contenido|目次|目录|"
    r"المحتويات",
    re.IGNORECASE,
)
_LEAST = 3


def is_contents(title: str) -> bool:
    """Whether a heading announces a table of contents."""
    return _CONTENTS.fullmatch(title.strip(" :")) is not None


def key(title: str) -> str:
    """A heading as a table of contents may repeat it: its letters and digits, without a page number."""
    return re.sub(r"[\W_]+", "", _PAGE.sub("", title)).lower()


def without_contents(blocks: Sequence[Block], titles: Iterable[str]) -> list[Block]:
    """The blocks without tables of contents, and without the headings that only stand over one.

    A table of contents is a run of at least three lines that are links or end in a page number, most of which repeat a
    heading (or follow a heading that says `Contents`).

    Args:
        blocks: of one file.
        titles: every heading of the document, of other files too.
    """
    known = {key(title) for title in titles}
    dropped: set[int] = set()
    start = 0
    while start < len(blocks):
        end = start
        while end < len(blocks) and _entry(blocks[end]):
            end += 1
        run = blocks[start:end]
        announced = start > 0 and blocks[start - 1].kind == "heading" and is_contents(blocks[start - 1].text)
        repeated = sum(key(block.text) in known for block in run)
        if run and (announced or (2 * repeated > len(run) and (len(run) >= _LEAST or repeated == len(run)))):
            dropped |= set(range(start, end))
            if start > 0 and blocks[start - 1].kind == "heading" and _bare_after(blocks, start - 1, end):
                dropped.add(start - 1)
        start = max(end, start + 1)
    return [block for n, block in enumerate(blocks) if n not in dropped and not _empty_contents(blocks, n)]


def _entry(block: Block) -> bool:
    return block.kind != "heading" and (block.link or _PAGE.search(block.text) is not None)


def _bare_after(blocks: Sequence[Block], heading: int, end: int) -> bool:
    """Whether nothing is left below a heading once what lies before `end` is gone."""
    return end == len(blocks) or (blocks[end].kind == "heading" and blocks[end].level <= blocks[heading].level)


def _empty_contents(blocks: Sequence[Block], n: int) -> bool:
    block = blocks[n]
    return (
        block.kind == "heading" and is_contents(block.text)
        and (n + 1 == len(blocks) or blocks[n + 1].kind == "heading")
    )  # fmt: skip
