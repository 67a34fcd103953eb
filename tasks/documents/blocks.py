"""Blocks: headings, paragraphs and list items, the common form of all file formats."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

#: Sentence ends of several scripts, optionally before a closing quote or bracket.
_ENDED = re.compile(r"[.!?…:;。！？：؟।۔][\"'”’»)\]]*$")
_INVISIBLE = dict.fromkeys([*map(ord, "\u00ad\u200b\u2060\ufeff"), *range(9), *range(14, 28), 127])


@dataclass(frozen=True)
class Block:
    """A heading (`level` from 1), a paragraph, or an item of a list (`level` is its depth from 1).

    `marker` is an item's bullet or number; `anchor` the id that the author gave a heading; `link` whether all of the
    text is one link, as in a table of contents; `bold` whether all of it is bold.
    """

    kind: Literal["heading", "text", "item"]
    text: str
    level: int = 1
    marker: str = "-"
    anchor: str | None = None
    link: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Source:
    """One file as blocks. `title` is the title that the file declares, or None."""

    title: str | None
    blocks: tuple[Block, ...]


def clean(text: str) -> str:
    """The text on one line: Unicode NFC, single spaces, no invisible characters."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def ends_sentence(text: str) -> bool:
    """Whether a text ends with the end of a sentence or with a colon."""
    return bool(_ENDED.search(text))


def count_words(text: str) -> int:
    """Number of words in a text; in scripts without spaces, two characters count as one word."""
    unspaced = sum("\u3040" <= c <= "\u9fff" for c in text)
    return max(len(text.split()), unspaced // 2)
