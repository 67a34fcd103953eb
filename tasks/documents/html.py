"""HTML to blocks. DOCX and Markdown are converted to HTML first."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Comment, Doctype, NavigableString, Tag

from tasks.documents.blocks import Block, Source, clean

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_SKIPPED = {
    "button", "footer", "form", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template",
}  # fmt: skip
_ROLES = {"navigation", "banner", "contentinfo", "search"}
_BLOCK_ELEMENTS = {
    "address", "article", "aside", "blockquote", "body", "center", "details", "div", "dd", "dl", "dt", "fieldset",
    "figcaption", "figure", "header", "hgroup", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary",
    "table", "ul", *_HEADINGS,
}  # fmt: skip
_REFERENCE = re.compile(r"\W*\w{0,3}\W*")


def read_html(markup: str) -> Source:
    """Read the blocks of a page without navigation, footers, scripts and footnote marks."""
    soup = BeautifulSoup(markup, "lxml")
    title = clean(soup.title.get_text()) if soup.title else ""
    return Source(title or None, blocks_of(soup))


def blocks_of(soup: Tag) -> tuple[Block, ...]:
    """Blocks below an element, in reading order."""
    collector = _BlockCollector()
    collector.into(soup)
    collector.flush()
    return tuple(collector.blocks)


class _BlockCollector:
    """Walks through the elements and collects inline content until a block element begins or ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.line: list[NavigableString | Tag] = []

    def into(self, element: Tag) -> None:
        for child in element.children:
            if isinstance(child, Tag):
                if not _skipped(child):
                    self.block_element(child)
            elif isinstance(child, NavigableString) and not isinstance(child, (Comment, Doctype)):
                self.line.append(child)

    def block_element(self, element: Tag) -> None:
        if element.name not in _BLOCK_ELEMENTS:
            if element.find(list(_BLOCK_ELEMENTS)):  # a span or a link around block elements
                self.flush()
                self.into(element)
                self.flush()
            else:
                self.line.append(element)
            return
        self.flush()
        if element.name in _HEADINGS:
            text = _text(element)
            if text:
                self.blocks.append(Block("heading", text, _HEADINGS[element.name]))
        elif element.name in ("ul", "ol"):
            self.items(element, 1)
        elif element.name == "dl":
            self.terms(element)
        elif element.name == "table":
            self.table(element)
        else:
            self.into(element)
        self.flush()

    def flush(self) -> None:
        line, self.line = self.line, []
        text = clean("".join(_inline(node) for node in line))
        if text:
            tags = [node for node in line if isinstance(node, Tag) and _text(node)]
            whole = len(tags) == 1 and _text(tags[0]) == text
            link = whole and (tags[0].name == "a" or _all_in(tags[0], ("a",)))
            self.blocks.append(Block("text", text, link=link, bold=whole and _all_in(tags[0], ("strong", "b"))))

    def items(self, element: Tag, depth: int) -> None:
        number = _int_or(element.get("start"), 1)
        for item in element.find_all("li", recursive=False):
            number = _int_or(item.get("value"), number)
            inner = _BlockCollector()
            nested = [child for child in item.find_all(["ul", "ol"]) if child.find_parent("li") is item]
            for child in nested:
                child.extract()
            inner.into(item)
            inner.flush()
            own = " ".join(block.text for block in inner.blocks)
            if own:
                marker = f"{number}." if element.name == "ol" else "-"
                link = all(block.link for block in inner.blocks)
                self.blocks.append(Block("item", own, depth, marker, link=link))
            number += 1
            for child in nested:
                self.items(child, depth + 1)

    def terms(self, element: Tag) -> None:
        """A definition list: one paragraph for each term and its definition."""
        term = ""
        for child in element.find_all(["dt", "dd"]):
            text = _text(child)
            if child.name == "dt":
                term = f"{term}, {text}" if term else text
            elif text:
                self.blocks.append(Block("text", f"{term}: {text}" if term else text))
                term = ""

    def table(self, element: Tag) -> None:
        """Each row is an item with ` | ` between its cells; a table of one row is only layout."""
        rows = [row for row in element.find_all("tr") if row.find_parent("table") is element]
        if len(rows) < 2:
            for row in rows:
                for cell in row.find_all(["td", "th"], recursive=False):
                    self.into(cell)
                    self.flush()
            return
        for row in rows:
            cells = [_text(cell) for cell in row.find_all(["td", "th"], recursive=False)]
            if any(cells):
                self.blocks.append(Block("item", " | ".join(cells).strip(" |")))


def _int_or(value: object, otherwise: int) -> int:
    return int(str(value)) if str(value).isdecimal() else otherwise


def _skipped(element: Tag) -> bool:
    if element.name == "sup" and element.find("a") is not None and _REFERENCE.fullmatch(element.get_text()):
        return True
    if element.name == "a" and element.get_text().strip(" \ufe0e\ufe0f") in ("↑", "↩", "⏎", "^"):
        return True
    if element.name == "header" and element.find(list(_HEADINGS)) is None:
        return True
    return element.name in _SKIPPED or element.get("role") in _ROLES or element.has_attr("hidden")


def _all_in(tag: Tag, names: tuple[str, ...]) -> bool:
    """Whether all text of an element is inside elements with these names."""
    if tag.name in names:
        return True
    return all(
        any(parent.name in names for parent in string.parents if parent is not tag.parent)
        for string in tag.find_all(string=True)
        if string.strip()
    )


def _inline(node: NavigableString | Tag) -> str:
    if isinstance(node, (Comment, Doctype)):
        return ""
    if isinstance(node, NavigableString):
        return str(node)
    if node.name == "br":
        return " "
    if _skipped(node):
        return ""
    text = "".join(_inline(child) for child in node.children if isinstance(child, (NavigableString, Tag)))
    return f" {text} " if node.name in _BLOCK_ELEMENTS else text


def _text(element: Tag) -> str:
    return clean("".join(_inline(child) for child in element.children if isinstance(child, (NavigableString, Tag))))
