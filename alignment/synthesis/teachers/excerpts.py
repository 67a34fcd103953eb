"""Excerpts of a chunk that the extractive teacher asks about, and how its answers quote them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from alignment.synthesis.split import hash_rank
from tasks.data.audit.words import words
from tasks.data.types import Chunk

_SENTENCE = re.compile(r"(?<=[.!?;:。؟])\s+")
_LINK, _MARKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), re.compile(r"[*_`#|>“”\"„«»\[\]{}]+|^\s*(?:[-•–]|\d+[.)])\s+")
#: Fewest and most words of an excerpt: a shorter one gives no answer of 10 words, a longer sentence is divided.
_EXCERPT_WORDS = (9, 24)
#: A longer run of the document's words would be a leak (`tasks.data.audit.report.Limits.shared_run`).
_PIECE_WORDS, _OPENING_WORDS, _TITLE_WORDS = 6, 5, 3
#: Four words each, so that two pieces and the link between them share less than 40% of their four-word sequences.
_LINKS = (
    "and it goes on", "to which it adds", "and a little later", "which is followed by", "then we come to",
    "going on like this",
)  # fmt: skip


@dataclass(frozen=True)
class Excerpt:
    """About 9 to 24 consecutive words of a chunk."""

    text: str

    @property
    def opening(self) -> str:
        """Its first five words."""
        return first_words(self.text, _OPENING_WORDS)

    @property
    def rest(self) -> str:
        """The words after the opening, or the whole text if fewer than six follow."""
        rest = self.text[len(self.opening) :].strip(" ,;:-–—")
        return rest if len(words(rest)) >= _PIECE_WORDS else self.text


def excerpts(chunk: Chunk) -> list[Excerpt]:
    """The excerpts of a chunk in reading order; the start of the chunk if no sentence is long enough."""
    sentences = [sentence for line in chunk.text.split("\n") for sentence in _SENTENCE.split(plain_text(line))]
    pieces = [piece for sentence in sentences for piece in split_words(sentence, _EXCERPT_WORDS[1])]
    found = [Excerpt(piece) for piece in pieces if len(words(piece)) >= _EXCERPT_WORDS[0]]
    return found or [Excerpt(piece) for piece in split_words(plain_text(chunk.text), _EXCERPT_WORDS[1])[:1]]


def plain_text(text: str) -> str:
    """A text on one line, without quotation marks, Markdown syntax and list markers."""
    lines = (_MARKS.sub(" ", _LINK.sub(r"\1", line)) for line in text.split("\n"))
    return " ".join(" ".join(lines).split())


def split_words(text: str, most: int) -> list[str]:
    """A text in pieces of at most `most` words; tokens between spaces are not divided."""
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
    """The first `most` words of a text, unchanged."""
    return split_words(text, most)[0].rstrip(" ,;:.") if text.strip() else ""


def short_title(title: str) -> str:
    """The first three words of a heading; more of them would be a run of words that many items share."""
    return first_words(plain_text(title), _TITLE_WORDS) or title


def quote_in_pieces(text: str, pieces: int = 4) -> str:
    """A quotation in pieces of six words, joined by links that are not in the document.

    So an answer shares no seven consecutive words and about a third of its four-word sequences with the document,
    below the audit's bounds for held-out answers.
    """
    quoted = [piece.strip(" ,;:.!?-–—") for piece in split_words(text, _PIECE_WORDS)[:pieces] if words(piece)]
    joined = f"“{quoted[0]}”"
    for before, piece in pairwise(quoted):
        # A link that begins or ends like the document at this place would lengthen the shared run.
        links = [
            link for link in _LINKS if link.split()[0] != words(piece)[0] and link.split()[-1] != words(before)[-1]
        ]
        joined += f", {hash_choice(links, text, piece)} “{piece}”"
    return joined + "."


def quotations(text: str) -> list[str]:
    """The quoted pieces in a text."""
    return re.findall(r"“([^”]*)”", text)


def hash_choice(options: Sequence[str], *texts: str) -> str:
    """One of the options by a hash of `texts`: pseudo-random, and the same on every machine."""
    return options[int(hash_rank(0, *texts), 16) % len(options)]
