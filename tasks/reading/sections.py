"""Blocks to a document: headings become sections with ids that stay, blocks become paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.document import slug
from tasks.reading.blocks import Block, ended, words
from tasks.reading.structure import number_of, relative
from tasks.types import Document, Section

_LONGEST_ID = 60
_LEAD_IN = 12


@dataclass
class _Node:
    """A heading with what stands below it, up to the next heading."""

    title: str
    level: int
    parent: _Node | None
    anchor: str | None = None
    blocks: list[Block] = field(default_factory=list)
    has_children: bool = False


def document_of(name: str, title: str, files: Sequence[tuple[str, Sequence[Block]]]) -> Document:
    """One document from the blocks of its files.

    Every heading with text of its own becomes a section. Its id is its anchor, else a slug of its title; where two
    titles are the same, the title above goes before them (`article-2.definitions`). So ids depend on headings alone.

    Args:
        name: of the document.
        title: of the document, and of the section for text before the first heading where there is one file.
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
    texts = [text_of(node.blocks) for node in kept]
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
    """A title as one prints it: no colon at the end, no mark that Markdown would take for an anchor."""
    return title.rstrip(" :").lstrip("#_ ").replace("{#", "{ #") or "–"


def _keep_bare_headings(nodes: Sequence[_Node]) -> None:
    """A heading with nothing below it becomes a line of what follows; at the start or end, of what is before it."""
    for n, node in enumerate(nodes):
        if n == 0 or node.blocks or node.has_children:
            continue
        line = Block("text", node.title)
        if n + 1 == len(nodes) or nodes[n - 1].parent is None:
            nodes[n - 1].blocks.append(line)
        else:
            nodes[n + 1].blocks.insert(0, line)


def _above(node: _Node, same: Counter[str]) -> list[_Node]:
    """The headings that must be said with this one: `Section 2` is of some article, a title used twice of some part."""
    above: list[_Node] = []
    while (parent := node.parent) is not None and parent.level >= 0:
        if not (relative(node.title, parent.title) or (not above and same[slug(node.title)] > 1)):
            break
        above.insert(0, parent)
        node = parent
    return above


def _ids(nodes: Sequence[_Node], same: Counter[str]) -> list[str]:
    used, ids = set[str](), []
    reserved = {node.anchor for node in nodes if node.anchor}
    for node in nodes:
        above = [slug(number_of(part.title) or part.title) for part in _above(node, same)]
        made = node.anchor or ".".join(map(_short, [*above, slug(node.title)]))
        number, first = 1, made
        while made in used or (node.anchor is None and made in reserved):
            number += 1
            made = f"{first}-{number}"
        used.add(made)
        ids.append(made)
    return ids


def _short(name: str) -> str:
    """A slug cut after a whole word; `section` where a title has no letters."""
    if len(name) > _LONGEST_ID:
        name = name[: _LONGEST_ID + 1].rpartition("-")[0] or name[:_LONGEST_ID]
    return name or "section"


def text_of(blocks: Sequence[Block]) -> str:
    """A section's text: paragraphs set apart by empty lines, the items of a list on lines of their own.

    What leads into something (it ends in a colon, or is a few words that end no sentence) stands with what follows.
    """
    text = ""
    for before, block in zip([None, *blocks], blocks, strict=False):
        line = _line(block)
        if before is None:
            text = line
        elif (before.kind == block.kind == "item") or _leads(before):
            text += "\n" + line
        else:
            text += "\n\n" + line
    return text.strip()


def _line(block: Block) -> str:
    text = block.text.lstrip("# ") if block.text.startswith("#") else block.text
    return f"{'  ' * (block.level - 1)}{block.marker} {text}" if block.kind == "item" else text


def _leads(block: Block) -> bool:
    if block.kind == "item":
        return False
    return block.text.endswith((":", "：")) or (words(block.text) <= _LEAD_IN and not ended(block.text))
