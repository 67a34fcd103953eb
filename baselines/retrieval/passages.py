"""Passages, what a retrieval prompt shows: neighbouring paragraphs of one section under its title."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.data.types import Chunk, Document
from tasks.documents.chunking import chunk_document, split_text

#: Fewest tokens that a long title leaves for the text below it.
_FEWEST = 16


@dataclass(frozen=True)
class Passage:
    """Neighbouring chunks of one section.

    id: `<section>.<number>` of its chunk, `<section>.<first>-<last>` of several, with `/<number>` behind it where it
    is a part of a chunk. title: the section's. chunks: the ids of the chunks that it holds, whole or in part, as the
    data name them. pieces: its text, chunk by chunk.
    """

    id: str
    section: str
    title: str
    chunks: tuple[str, ...]
    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a prompt shows: the title, then the text."""
        return "\n".join((self.title, "\n\n".join(self.pieces)))

    @property
    def titled_pieces(self) -> list[str]:
        """What is embedded: each piece below the title."""
        return [f"{self.title}\n{piece}" for piece in self.pieces]


def passages_of(
    document: Document, count: Callable[[str], int], bound: int, longest: int | None = None, merge: bool = True
) -> list[Passage]:
    """Merge a document's chunks into passages.

    The chunks are those of `chunk_document` without a tokenizer, by whose ids training and held-out items name the
    paragraph that they rest on. Neighbours of one section are merged while title and text keep to `bound`; a chunk
    that is longer alone is divided.

    Args:
        document: the document.
        count: counts tokens with the embedder's tokenizer.
        bound: most tokens of a passage, its title included.
        longest: most tokens that the embedder reads of a text, which bound each piece; None for no such bound.
        merge: False keeps every chunk apart.
    """
    passages = []
    titles = {section.id: section.title for section in document.sections}
    for section, chunks in groupby(chunk_document(document), key=lambda chunk: chunk.section):
        title = titles[section]
        piece_bound = max(_FEWEST, min(bound, longest or bound) - count(f"{title}\n"))
        pieces = [piece for chunk in chunks for piece in _pieces(chunk, count, piece_bound)]
        for together in _merged(pieces, title, count, bound if merge else 0):
            held = tuple(dict.fromkeys(chunk.id for chunk, _, _ in together))
            name = held[0] if len(held) == 1 else f"{held[0]}-{held[-1].rpartition('.')[2]}"
            part = together[0][2]
            name = f"{name}/{part}" if part else name
            passages.append(Passage(name, section, title, held, tuple(text for _, text, _ in together)))
    return passages


#: A chunk, a piece of its text, and the piece's number from 1; 0 for a chunk that is whole.
_Piece = tuple[Chunk, str, int]


def _pieces(chunk: Chunk, count: Callable[[str], int], bound: int) -> list[_Piece]:
    texts = split_text(chunk.text, count, bound)
    return [(chunk, text, number if len(texts) > 1 else 0) for number, text in enumerate(texts, 1)]


def _merged(pieces: Sequence[_Piece], title: str, count: Callable[[str], int], bound: int) -> Iterator[list[_Piece]]:
    """The pieces of a section in groups whose text keeps to the bound."""
    together: list[_Piece] = []
    for piece in pieces:
        text = "\n\n".join(text for _, text, _ in [*together, piece])
        if together and count(f"{title}\n{text}") > bound:
            yield together
            together = []
        together.append(piece)
    if together:
        yield together
