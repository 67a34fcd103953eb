"""Headings for files without any: numbered clauses, bold lines, lines in capitals, or groups of paragraphs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from tasks.documents.blocks import Block, count_words, ends_sentence

#: Words that name a numbered part -> their level; a smaller number is a larger part.
_RANKS = {
    "part": 1, "title": 1, "book": 1, "chapter": 2, "appendix": 2, "annex": 2, "schedule": 2, "preamble": 2,
    "article": 3, "artikel": 3, "articulo": 3, "artículo": 3, "artigo": 3, "section": 4, "§": 4, "rule": 4, "clause": 5,
    "subsection": 5,
}  # fmt: skip
_WORD = re.compile(r"(§|\w+)\s*(\d+(?:\.\d+)*|[IVXLC]+|[A-Z])(?=$|[\s.:)—–-])", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\S)")
#: Most words of a heading.
_MAX_HEADING_WORDS = 14
#: Fewest and most words of a group of paragraphs.
_GROUP_WORDS = (120, 300)
#: Smallest median length of numbered clauses, in words; shorter ones are items of a list.
_MIN_CLAUSE_WORDS = 15
#: Largest share of the words before the first clause.
_MAX_PREAMBLE = 0.3
#: Sections with more words are searched for headings that the file does not mark.
_LONG_SECTION_WORDS = 1000
UNNUMBERED = 9


def heading_rank(title: str) -> int:
    """The level that a heading's number implies: 1 for a part, 3 an article, 6 `2`, 7 `2.1`; `UNNUMBERED` if none."""
    found = _WORD.match(title)
    if found and (known := _RANKS.get(found.group(1).lower())):
        return known
    if title.strip().lower() in _RANKS:
        return _RANKS[title.strip().lower()]
    decimal = _DECIMAL.match(title)
    return min(6 + decimal.group(1).count("."), 8) if decimal else UNNUMBERED


def number_of(title: str) -> str:
    """The word and number at the start of a heading, as `ARTICLE IV`; an empty string if there is none."""
    found = _WORD.match(title)
    return found.group().strip() if found and heading_rank(title) < 6 else ""


def is_numbered_within(title: str, above: str) -> bool:
    """Whether a heading is numbered within the part above it, as sections within an article."""
    return heading_rank(above) < heading_rank(title) in (4, 5)


def is_named_heading(line: str) -> bool:
    """Whether a line is a heading by its wording: `Article 5`, `CHAPTER II — Gifts`, `Preamble`."""
    return heading_rank(line) < 6 and count_words(line) <= _MAX_HEADING_WORDS and not line.endswith((".", ",", ";"))


def is_in_capitals(line: str) -> bool:
    """Whether a line is short and in capitals, as a heading."""
    in_capitals = line.upper() == line and line.lower() != line and sum(map(str.isalpha, line)) > 3
    return in_capitals and count_words(line) <= _MAX_HEADING_WORDS


def _numbered(block: Block) -> bool:
    """A clause with a number, or a short line with one."""
    if block.kind == "item":
        return block.level == 1 and block.marker[:1].isdigit()
    return is_named_heading(block.text) or _DECIMAL.match(block.text) is not None


def _bold(block: Block) -> bool:
    return (
        block.kind == "text"
        and block.bold
        and count_words(block.text) <= _MAX_HEADING_WORDS
        and not block.text.endswith((".", ","))
    )


def _capitals(block: Block) -> bool:
    return block.kind == "text" and is_in_capitals(block.text)


#: How to recognise a heading, and the fewest of them that a file must have.
_RULES: tuple[tuple[Callable[[Block], bool], int], ...] = ((_numbered, 3), (_bold, 2), (_capitals, 2))


def with_headings(blocks: Sequence[Block], max_words: int) -> list[Block]:
    """Add headings to a file that has none, and to very long sections.

    The first rule that matches often enough is used: numbered clauses, bold lines, lines in capitals. If none does, a
    file without headings is divided into groups of paragraphs. A group's heading is its first words. Where a group ends
    depends on a hash of the next paragraph, not on its position, so an edited paragraph only affects nearby groups.

    Args:
        blocks: of one file, without its title.
        max_words: most words in one section of a file without any structure.
    """
    starts = [n for n, block in enumerate(blocks) if block.kind == "heading"]
    if not starts:
        return _by_rule(blocks, 0) or (_grouped(blocks) if _size(blocks) > max_words else list(blocks))
    result: list[Block] = []
    for start, end in pairwise([-1, *starts, len(blocks)]):
        heading, body = blocks[max(start, 0) : start + 1], blocks[start + 1 : end]
        level = heading[0].level if heading else 0
        result += [*heading, *((_size(body) > _LONG_SECTION_WORDS and _by_rule(body, level)) or body)]
    return result


def _size(blocks: Sequence[Block]) -> int:
    return sum(count_words(block.text) for block in blocks)


def _by_rule(blocks: Sequence[Block], above: int) -> list[Block]:
    """The blocks with headings, at levels below `above`, by the first rule that matches often enough; or no blocks."""
    for is_heading, fewest in _RULES:
        found = [block for block in blocks if is_heading(block)]
        if len(found) >= fewest and (is_heading is not _numbered or _are_clauses(blocks)):
            ranks = sorted({_rank(block) for block in found})
            return [new for b in blocks for new in (_headed(b, ranks, above) if is_heading(b) else [b])]
    return []


def _are_clauses(blocks: Sequence[Block]) -> bool:
    """Whether numbered blocks divide the text and are not just the items of a list in it."""
    starts = [n for n, block in enumerate(blocks) if _numbered(block)]
    if _size(blocks[: starts[0]]) > _MAX_PREAMBLE * _size(blocks):
        return False
    sizes = sorted(_size(blocks[start:end]) for start, end in pairwise([*starts, len(blocks)]))
    return sizes[len(sizes) // 2] >= _MIN_CLAUSE_WORDS or any(is_named_heading(block.text) for block in blocks)


def _rank(block: Block) -> int:
    return 6 if block.kind == "item" else heading_rank(block.text)


def _headed(block: Block, ranks: Sequence[int], above: int) -> list[Block]:
    """A short line as a heading; a longer clause with a heading made from its number and first words."""
    level = above + ranks.index(_rank(block)) + 1
    number = f"{block.marker} " if block.kind == "item" else ""
    short = count_words(block.text) <= _MAX_HEADING_WORDS and not block.text.endswith((";", ","))
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
    least, most = _GROUP_WORDS
    size, result = most, list[Block]()
    for block in blocks:
        cut = block.kind == "text" and (size >= most or (size >= least and zlib.crc32(block.text.encode()) % 2 == 0))
        if cut:
            result.append(Block("heading", opening(block.text)))
            size = 0
        result.append(block)
        size += count_words(block.text)
    return result


def fold_recurring(blocks: Sequence[Block]) -> list[Block]:
    """Turn headings that occur three times or more at one level, as `Checklist` in every topic, into lead-in lines."""
    counts: dict[tuple[int, str], int] = {}
    for block in blocks:
        if block.kind == "heading":
            key = (block.level, block.text.lower())
            counts[key] = counts.get(key, 0) + 1
    return [
        replace(block, kind="text", level=1, text=block.text if ends_sentence(block.text) else f"{block.text}:")
        if block.kind == "heading" and block.anchor is None and counts[block.level, block.text.lower()] >= 3
        and heading_rank(block.text) == UNNUMBERED
        else block
        for block in blocks
    ]  # fmt: skip
