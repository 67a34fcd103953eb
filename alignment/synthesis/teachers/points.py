"""The points of a chunk that the extractive teacher asks about, and its way of quoting them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from alignment.synthesis.split import rank
from tasks.audit.words import words
from tasks.types import Chunk

_SENTENCE = re.compile(r"(?<=[.!?;:。؟])\s+")
_LINK, _MARKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), re.compile(r"[*_`#|>“”\"„«»\[\]{}]+|^\s*(?:[-•–]|\d+[.)])\s+")
#: Words of a point: one shorter gives no answer of 10 words, a longer one is cut into several.
_POINT_WORDS = (9, 24)
#: A quotation of more words in a row would be a leak beside the document (`tasks.audit.report.Limits.shared_run`).
_PIECE_WORDS, _OPENING_WORDS, _TITLE_WORDS = 6, 5, 3
#: Four words each, so that two pieces and what links them share less than 40% of their four-word sequences.
_LINKS = (
    "and it goes on", "to which it adds", "and a little later", "which is followed by", "then we come to",
    "going on like this",
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """Some 9 to 24 words of a chunk, in the document's own words."""

    text: str

    @property
    def opening(self) -> str:
        """Its first five words."""
        return first_words(self.text, _OPENING_WORDS)

    @property
    def rest(self) -> str:
        """What follows the opening, or all of it where too little follows."""
        rest = self.text[len(self.opening) :].strip(" ,;:-–—")
        return rest if len(words(rest)) >= _PIECE_WORDS else self.text


def points(chunk: Chunk) -> list[Point]:
    """The points of a chunk in reading order; the whole chunk where no sentence is long enough."""
    sentences = [sentence for line in chunk.text.split("\n") for sentence in _SENTENCE.split(plain(line))]
    pieces = [piece for sentence in sentences for piece in cut(sentence, _POINT_WORDS[1])]
    found = [Point(piece) for piece in pieces if len(words(piece)) >= _POINT_WORDS[0]]
    return found or [Point(piece) for piece in cut(plain(chunk.text), _POINT_WORDS[1])[:1]]


def plain(text: str) -> str:
    """A text in one line, without quotation marks, the marks of Markdown and those of list items."""
    lines = (_MARKS.sub(" ", _LINK.sub(r"\1", line)) for line in text.split("\n"))
    return " ".join(" ".join(lines).split())


def cut(text: str, most: int) -> list[str]:
    """A text in pieces of at most `most` words each; one token of more words stays whole."""
    pieces: list[list[str]] = []
    count = 0
    for token in text.split():
        size = len(words(token))
        if not pieces or (count and count + size > most):
            pieces.append([])
            count = 0
        pieces[-1].append(token)
        count += size
    return [" ".join(piece) for piece in pieces]


def first_words(text: str, most: int) -> str:
    """The first words of a text, as they stand there."""
    return cut(text, most)[0].rstrip(" ,;:.") if text.strip() else ""


def short_title(title: str) -> str:
    """The first three words of a heading; a longer name would itself be a run of words that items share."""
    return first_words(plain(title), _TITLE_WORDS) or title


def woven(text: str, pieces: int = 4) -> str:
    """A quotation in pieces of six words with words of ours between them.

    So no seven words in a row are the document's, and about a third of the four-word sequences: what the audit lets a
    held-out answer share with it.
    """
    quoted = [piece.strip(" ,;:.!?-–—") for piece in cut(text, _PIECE_WORDS)[:pieces] if words(piece)]
    joined = f"“{quoted[0]}”"
    for before, piece in pairwise(quoted):
        # A link that begins or ends as the document goes on would lengthen the run.
        apart = [
            link for link in _LINKS if link.split()[0] != words(piece)[0] and link.split()[-1] != words(before)[-1]
        ]
        joined += f", {chosen_from(apart, text, piece)} “{piece}”"
    return joined + "."


def quotations(text: str) -> list[str]:
    """The pieces that a text quotes."""
    return re.findall(r"“([^”]*)”", text)


def chosen_from(options: Sequence[str], *of: str) -> str:
    """One of the options, by a hash: as good as chance, and the same on every machine."""
    return options[int(rank(0, *of), 16) % len(options)]
