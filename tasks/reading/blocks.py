"""What every format is brought to: the blocks of a file in reading order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

#: Ends of sentences in the scripts we have met, perhaps inside a closing quote or bracket.
_ENDED = re.compile(r"[.!?…:;。！？：؟।۔][\"'”’»)\]]*$")
_INVISIBLE = dict.fromkeys([*map(ord, "\u00ad\u200b\u2060\ufeff"), *range(9), *range(14, 28), 127])


@dataclass(frozen=True)
class Block:
    """A heading (`level` from 1), a paragraph, or an item of a list (`level` is its depth from 1).

    `marker` is an item's own bullet or number; `anchor` the id the author gave a heading; `link` says that all of the
    text is one link, as the lines of a table of contents are; `bold` that all of it is bold.
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
    """One file as blocks. `title` is what the file itself says it is called, None where it says nothing."""

    title: str | None
    blocks: tuple[Block, ...]


def clean(text: str) -> str:
    """One line: composed characters, single spaces, nothing invisible."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def ended(text: str) -> bool:
    """Whether a sentence, or what leads into a list, ends here."""
    return bool(_ENDED.search(text))


def words(text: str) -> int:
    """Words in a text; in a script without spaces, two characters count as one."""
    unspaced = sum("\u3040" <= c <= "\u9fff" for c in text)
    return max(len(text.split()), unspaced // 2)
