"""Blocks to a document: headings become sections with stable ids, blocks become paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.data.types import Document, Section
from tasks.documents.blocks import Block, count_words, ends_sentence
from tasks.documents.document import slug
from tasks.documents.structure import is_numbered_within, number_of

_MAX_ID_LENGTH = 60
_MAX_LEAD_IN_WORDS = 12


@dataclass
class _Node:
    """A heading with the blocks up to the next heading."""

    title: str
    level: int
    parent: _Node | None
    anchor: str | None = None
    blocks: list[Block] = field(default_factory=list)
    has_children: bool = False


def build_document(name: str, title: str, files: Sequence[tuple[str, Sequence[Block]]]) -> Document:
    """Build one document from the blocks of its files.

    Every heading with text directly below it becomes a section. Its id is its anchor, or else a slug of its title; if a
    title occurs twice, the title above it is prepended (`article-2.definitions`). So ids depend only on headings.

    Args:
        name: of the document.
        title: of the document, and of the section for text before the first heading if there is one file.
        files: title and blocks of each file.
    """
    title = _plain(title)
    root = _Node(title, -1, None)
    nodes = [root]
    for file_title, blocks in files:
        top = root if len(files) == 1 else _Node(_plain(file_title), 0, root)
        nodes += [top] if top is not root else []
        nodes += _nodes(top, blocks)
    _keep_bare_headings(nodes)
    kept = [node for node in nodes if node.blocks]
    same = Counter(slug(node.title) for node in kept)
    titles = [": ".join([*(above.title for above in _above(node, same)), node.title]) for node in kept]
    texts = [section_text(node.blocks) for node in kept]
    return Document(name, title, tuple(map(Section, _ids(kept, same), titles, texts)))


def _nodes(top: _Node, blocks: Iterable[Block]) -> list[_Node]:
    nodes, current = [], top
    for block in blocks:
        if block.kind != "heading":
            current.blocks.append(block)
            continue
        parent = current
        while parent is not top and parent.level >= block.level:
            parent = parent.parent or top
        parent.has_children = True
        current = _Node(_plain(block.text), block.level, parent, block.anchor)
        nodes.append(current)
    return nodes


def _plain(title: str) -> str:
    """A title without a colon at the end and without Markdown syntax."""
    return title.rstrip(" :").lstrip("#_ ").replace("{#", "{ #") or "–"


def _keep_bare_headings(nodes: Sequence[_Node]) -> None:
    """Turn a heading without text into a line of the next section, or of the previous one at the start or end."""
    for n, node in enumerate(nodes):
        if n == 0 or node.blocks or node.has_children:
            continue
        line = Block("text", node.title)
        if n + 1 == len(nodes) or nodes[n - 1].parent is None:
            nodes[n - 1].blocks.append(line)
        else:
            nodes[n + 1].blocks.insert(0, line)


def _above(node: _Node, same: Counter[str]) -> list[_Node]:
    """The headings above that a title needs to be unique: the article of `Section 2`, the part of a repeated title."""
    above: list[_Node] = []
    while (parent := node.parent) is not None and parent.level >= 0:
        if not (is_numbered_within(node.title, parent.title) or (not above and same[slug(node.title)] > 1)):
            break
        above.insert(0, parent)
        node = parent
    return above


def _ids(nodes: Sequence[_Node], same: Counter[str]) -> list[str]:
    used, ids = set[str](), []
    reserved = {node.anchor for node in nodes if node.anchor}
    for node in nodes:
        above = [slug(number_of(part.title) or part.title) for part in _above(node, same)]
        id_ = node.anchor or ".".join(map(_short, [*above, slug(node.title)]))
        number, first = 1, id_
        while id_ in used or (node.anchor is None and id_ in reserved):
            number += 1
            id_ = f"{first}-{number}"
        used.add(id_)
        ids.append(id_)
    return ids


def _short(name: str) -> str:
    """A slug shortened to whole words; `section` if a title has no letters."""
    if len(name) > _MAX_ID_LENGTH:
        name = name[: _MAX_ID_LENGTH + 1].rpartition("-")[0] or name[:_MAX_ID_LENGTH]
    return name or "section"


def section_text(blocks: Sequence[Block]) -> str:
    """A section's text: empty lines between paragraphs, each list item on its own line.

    A lead-in (it ends in a colon, or is a few words that end no sentence) is joined to the next block.
    """
    text = ""
    for before, block in zip([None, *blocks], blocks, strict=False):
        line = _line(block)
        if before is None:
            text = line
        elif (before.kind == block.kind == "item") or _is_lead_in(before):
            text += "\n" + line
        else:
            text += "\n\n" + line
    return text.strip()


def _line(block: Block) -> str:
    text = block.text.lstrip("# ") if block.text.startswith("#") else block.text
    return f"{'  ' * (block.level - 1)}{block.marker} {text}" if block.kind == "item" else text


def _is_lead_in(block: Block) -> bool:
    if block.kind == "item":
        return False
    short = count_words(block.text) <= _MAX_LEAD_IN_WORDS
    return block.text.endswith((":", "：")) or (short and not ends_sentence(block.text))
