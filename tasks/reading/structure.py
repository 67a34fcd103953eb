"""Headings where a file marks none: numbered clauses, bold lines, lines in capitals, else groups of paragraphs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from tasks.reading.blocks import Block, ended, words

#: What stands before a number, the wider part first; the same rank for what stands in each other's place.
_RANKS = {
    "part": 1, "title": 1, "book": 1, "chapter": 2, "appendix": 2, "annex": 2, "schedule": 2, "preamble": 2,
    "article": 3, "artikel": 3, "articulo": 3, "artículo": 3, "artigo": 3, "section": 4, "§": 4, "rule": 4, "clause": 5,
    "subsection": 5,
}  # fmt: skip
_WORD = re.compile(r"(§|\w+)\s*(\d+(?:\.\d+)*|[IVXLC]+|[A-Z])(?=$|[\s.:)—–-])", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\S)")
_LONGEST = 14
#: A group of paragraphs ends between these sizes, in words.
_GROUP = (120, 300)
#: Words of a clause: the middle one of a text's numbered parts has no fewer.
_LEAST_CLAUSE = 15
#: Share of the words that may stand before the first clause.
_LONGEST_PREAMBLE = 0.3
#: From this size on, in words, a section under one heading is looked through for headings that nothing marks.
_VERY_LONG = 1000
UNNUMBERED = 9


def rank(title: str) -> int:
    """How wide a part a heading's number names: 1 a part, 3 an article, 6 `2`, 7 `2.1`; `UNNUMBERED` without one."""
    found = _WORD.match(title)
    if found and (known := _RANKS.get(found.group(1).lower())):
        return known
    if title.strip().lower() in _RANKS:
        return _RANKS[title.strip().lower()]
    decimal = _DECIMAL.match(title)
    return min(6 + decimal.group(1).count("."), 8) if decimal else UNNUMBERED


def number_of(title: str) -> str:
    """The part of a heading that numbers it by a word, as `ARTICLE IV`; '' where there is none."""
    found = _WORD.match(title)
    return found.group().strip() if found and rank(title) < 6 else ""


def relative(title: str, above: str) -> bool:
    """Whether a heading's number counts within the part above it, as sections do within an article."""
    return rank(above) < rank(title) in (4, 5)


def named(line: str) -> bool:
    """Whether a line is a heading by its words alone: `Article 5`, `CHAPTER II — Gifts`, `Preamble`."""
    return rank(line) < 6 and words(line) <= _LONGEST and not line.endswith((".", ",", ";"))


def capitals(line: str) -> bool:
    """Whether a line is a heading because it shouts."""
    letters = [c for c in line if c.isalpha()]
    return len(letters) > 3 and line.upper() == line and line.lower() != line and words(line) <= _LONGEST


def _numbered(block: Block) -> bool:
    """A clause with a number, or a short line with one."""
    if block.kind == "item":
        return block.level == 1 and block.marker[:1].isdigit()
    return named(block.text) or _DECIMAL.match(block.text) is not None


def _bold(block: Block) -> bool:
    return block.kind == "text" and block.bold and words(block.text) <= _LONGEST and not block.text.endswith((".", ","))


def _capitals(block: Block) -> bool:
    return block.kind == "text" and capitals(block.text)


_SIGNS: tuple[tuple[Callable[[Block], bool], int], ...] = ((_numbered, 3), (_bold, 2), (_capitals, 2))


def with_headings(blocks: Sequence[Block], undivided: int) -> list[Block]:
    """The blocks with headings where they have none, or where a section of theirs is very long.

    Headings are made by the first sign that shows often enough: numbered clauses, bold lines, lines in capitals. Where
    nothing shows, a file without headings is cut into groups of paragraphs. A group's heading is its first words, and
    where it ends depends on the words that follow, not on a count from the start: a changed paragraph moves no group
    but its neighbours.

    Args:
        blocks: of one file, without the line that is its title.
        undivided: most words that a file without headings and signs may have in one section.
    """
    starts = [n for n, block in enumerate(blocks) if block.kind == "heading"]
    if not starts:
        return _signed(blocks, 0) or (_grouped(blocks) if _size(blocks) > undivided else list(blocks))
    made: list[Block] = []
    for start, end in pairwise([-1, *starts, len(blocks)]):
        heading, body = blocks[max(start, 0) : start + 1], blocks[start + 1 : end]
        level = heading[0].level if heading else 0
        made += [*heading, *((_size(body) > _VERY_LONG and _signed(body, level)) or body)]
    return made


def _size(blocks: Sequence[Block]) -> int:
    return sum(words(block.text) for block in blocks)


def _signed(blocks: Sequence[Block], above: int) -> list[Block]:
    """The blocks with headings by the first sign that shows often enough, below level `above`; none if none does."""
    for sign, least in _SIGNS:
        found = [block for block in blocks if sign(block)]
        if len(found) >= least and (sign is not _numbered or _are_clauses(blocks)):
            ranks = sorted({_rank(block) for block in found})
            return [
                made for block in blocks for made in (_headed(block, ranks, above) if sign(block) else [block])
            ]  # fmt: skip
    return []


def _are_clauses(blocks: Sequence[Block]) -> bool:
    """Whether numbers part the text and do not only count the items of a list in it."""
    starts = [n for n, block in enumerate(blocks) if _numbered(block)]
    if _size(blocks[: starts[0]]) > _LONGEST_PREAMBLE * _size(blocks):
        return False
    sizes = sorted(_size(blocks[start:end]) for start, end in pairwise([*starts, len(blocks)]))
    return sizes[len(sizes) // 2] >= _LEAST_CLAUSE or any(named(block.text) for block in blocks)


def _rank(block: Block) -> int:
    return 6 if block.kind == "item" else rank(block.text)


def _headed(block: Block, ranks: Sequence[int], above: int) -> list[Block]:
    """A line that becomes a heading; of a whole numbered clause the number and the first words do, and it stays."""
    level = above + ranks.index(_rank(block)) + 1
    number = f"{block.marker} " if block.kind == "item" else ""
    short = words(block.text) <= _LONGEST and not block.text.endswith((";", ","))
    if short and (block.kind == "item" or not block.text.endswith(".")):
        return [Block("heading", number + block.text.rstrip("."), level)]
    rest = Block("text", block.text) if number else block
    return [Block("heading", opening(number + block.text), level), rest]


def opening(text: str, most: int = 7) -> str:
    """The first words of a text, as a title."""
    number = _DECIMAL.match(text)
    start = number.end() if number else 0
    first = re.split(r"(?<=\w[.:;!?])\s|[。！？]", text[start:], maxsplit=1)[0].split()
    short = text[:start] + " ".join(first[:most]).rstrip(".,:;")
    return short[:60] + ("…" if len(first) > most or len(short) > 60 else "")


def _grouped(blocks: Sequence[Block]) -> list[Block]:
    least, most = _GROUP
    size, made = most, list[Block]()
    for block in blocks:
        cut = block.kind == "text" and (size >= most or (size >= least and zlib.crc32(block.text.encode()) % 2 == 0))
        if cut:
            made.append(Block("heading", opening(block.text)))
            size = 0
        made.append(block)
        size += words(block.text)
    return made


def fold_recurring(blocks: Sequence[Block]) -> list[Block]:
    """Headings that recur three times and more at one level, as `Checklist` under every topic, become lead-in lines."""
    counts: dict[tuple[int, str], int] = {}
    for block in blocks:
        if block.kind == "heading":
            key = (block.level, block.text.lower())
            counts[key] = counts.get(key, 0) + 1
    return [
        replace(block, kind="text", level=1, text=block.text if ended(block.text) else f"{block.text}:")
        if block.kind == "heading" and block.anchor is None and counts[block.level, block.text.lower()] >= 3
        and rank(block.text) == UNNUMBERED
        else block
        for block in blocks
    ]  # fmt: skip
