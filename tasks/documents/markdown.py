"""Markdown to blocks, and HTML pages that contain Markdown."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import Any

import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from tasks.documents.blocks import Source
from tasks.documents.html import blocks_of, read_html

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\r?\n(.*?)\r?\n\1[ \t]*(\r?\n|\Z)", re.DOTALL)
_ANCHOR = re.compile(r"\s*\{#([\w.-]+)\}\s*$")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"^#{2,6} \w", re.MULTILINE)
_NO_TEXT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"<(pre|code)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CITED = re.compile(r"\[\[+[?!]?([\w-]+)\]\]+")


def read_markdown(text: str) -> Source:
    """Read the blocks of a Markdown file (CommonMark with tables); `{#id}` after a heading is its anchor.

    Of front matter in YAML or TOML only the title is used.
    """
    front = _FRONT.match(text)
    title = _front_title(front.group(1), front.group(2)) if front else None
    blocks = []
    for block in blocks_of(BeautifulSoup(_html(text[front.end() :] if front else text), "lxml")):
        anchor = _ANCHOR.search(block.text) if block.kind == "heading" else None
        blocks.append(replace(block, text=_ANCHOR.sub("", block.text), anchor=anchor.group(1)) if anchor else block)
    return Source(title, tuple(blocks))


def _html(text: str) -> str:
    """The text as HTML; items of numbered lists keep their numbers."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type == "list_item_open" and token.info.isdigit():
            token.attrSet("value", token.info)
    return str(parser.renderer.render(tokens, parser.options, {}))


def read_page(markup: str) -> Source:
    """Read the blocks of an HTML page; its headings may be elements or, as in ReSpec, lines of Markdown."""
    bare = _NO_TEXT.sub("", markup)
    if len(_HEADING.findall(_CODE.sub("", bare))) < 2:
        return read_html(markup)
    title = _TITLE.search(bare)
    source = read_markdown(_CITED.sub(r"\1", bare))
    return replace(source, title=" ".join(title.group(1).split()) if title else None)


def _front_title(mark: str, text: str) -> str | None:
    front: Any
    try:
        front = yaml.safe_load(text) if mark == "---" else tomllib.loads(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError):
        return None
    title = front.get("title") if isinstance(front, dict) else None
    return str(title) if title else None
