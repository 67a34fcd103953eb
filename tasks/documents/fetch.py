"""`valign data fetch udhr`: downloads the official Universal Declaration of Human Rights as a valign document.

The text comes from the "UDHR in XML" project at a fixed commit, checked by SHA-256, or from a local file: its XML in
any language, or the plain text of NLTK's `udhr2`. NLTK's `udhr` is truncated at 10,000 characters and refused.
"""

from __future__ import annotations

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from tasks.data.types import Document, Section
from tasks.documents.document import markdown_of, read_document
from valign.errors import InputError
from valign.files import write_atomic

COMMIT = "f93dd614154c47fc4b85ec03d8d6f1abe97869ef"
URL = f"https://raw.githubusercontent.com/eric-muller/udhr/{COMMIT}/data/udhr/udhr_eng.xml"
SHA256 = "df73275821449df4db2b164e59bda812c834d80cacc8792a6f41d6fc331ce204"

_ARTICLES = 30
#: A heading in plain text: a few words and one number in any digits, or the French word for the first article.
_HEADING = re.compile(r"\D{1,20}?(\d{1,2})\D{0,4}|\w+ premier", re.IGNORECASE)
_Parts = list[tuple[str, list[str]]]


def download(url: str) -> bytes:
    """Download the content of an address.

    Raises:
        InputError: it cannot be reached.
    """
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return bytes(response.read())
    except (urllib.error.URLError, TimeoutError) as error:
        raise InputError(f"{url}: cannot be downloaded ({error}); download it and give it with --from") from None


def fetch_udhr(out: Path, source: Path | None = None, download: Callable[[str], bytes] = download) -> Document:
    """Write `out/document.md`: the preamble and 30 articles, with the section ids of our plain-language rendering.

    Args:
        out: a folder, created if missing.
        source: a local file to read instead of the official address.
        download: downloads an address.

    Raises:
        InputError: the source cannot be read, has another SHA-256, or is not the whole Declaration; or `out` has
            another document.
    """
    if source is None:
        data, where = download(URL), URL
        if (found := hashlib.sha256(data).hexdigest()) != SHA256:
            raise InputError(f"{URL}: SHA-256 is {found}, expected {SHA256}; the file was changed or damaged")
    elif source.is_file():
        data, where = source.read_bytes(), str(source)
    else:
        raise InputError(f"{source}: no such file; expected an XML or text file of the Declaration")
    text = markdown_of(Document(out.name, *parse_udhr(data, where)))
    path = out / "document.md"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise InputError(f"{path}: another document is here already; choose another folder")
    write_atomic(path, text)
    return read_document(path)


def parse_udhr(data: bytes, where: str) -> tuple[str, tuple[Section, ...]]:
    """Parse title and sections (`preamble`, `article-1` to `article-30`) of the Declaration in XML or plain text.

    Raises:
        InputError: broken XML, or the preamble or an article is missing or empty.
    """
    title, parts = _xml(data, where) if data.lstrip().startswith((b"<", b"\xef\xbb\xbf<")) else _plain(data)
    if len(parts) <= _ARTICLES:
        last = f"it ends with {parts[-1][0]!r}" if len(parts) > 1 else "it has none"
        raise InputError(f"{where}: article {max(len(parts), 1)} is missing, {last}; expected all 30 articles")
    ids = ["preamble", *(f"article-{n}" for n in range(1, _ARTICLES + 1))]
    sections = []
    for section, (heading, paragraphs) in zip(ids, parts, strict=True):
        if not paragraphs:
            raise InputError(f"{where}: {section} has no text; the file is damaged")
        sections.append(Section(section, heading, "\n\n".join(paragraphs)))
    return title, tuple(sections)


def _xml(data: bytes, where: str) -> tuple[str, _Parts]:
    if b"<!ENTITY" in data:
        raise InputError(f"{where}: declares XML entities, which the Declaration's files do not use")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InputError(f"{where}: broken XML ({error}); the file is truncated or damaged") from None
    parts: _Parts = []
    for element in root:
        name = _name(element)
        expected = "preamble" if not parts else "article"
        if name == expected and element.get("number", str(len(parts))) == str(len(parts)):
            heading = _text(element.find("{*}title")) or ("Preamble" if not parts else f"Article {len(parts)}")
            parts.append((heading, _paragraphs(element)))
    return _text(root.find("{*}title")) or "Universal Declaration of Human Rights", parts


def _paragraphs(element: ElementTree.Element) -> list[str]:
    """Paragraphs in reading order; those of a numbered list begin with their number."""
    found = []
    for child in element:
        if _name(child) == "para" and _text(child):
            found.append(_text(child))
        elif _name(child) == "orderedlist":
            for number, item in enumerate(child, 1):
                first, *rest = _paragraphs(item) or [""]
                found += [f"({number}) {first}", *rest]
    return found


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ElementTree.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _plain(data: bytes) -> tuple[str, _Parts]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = [" ".join(line.split()) for line in text.splitlines()] or [""]
    title, rest = lines[0], lines[1:]
    if len(rest) > 1 and rest[0] and not rest[1]:
        rest = rest[2:]  # a note on the resolution, followed by an empty line
    parts: _Parts = [("Preamble", [])]
    for line in filter(None, rest):
        heading = _HEADING.fullmatch(line)
        if heading and int(heading.group(1) or 1) == len(parts):
            parts.append((line.rstrip(".。"), []))
        elif len(parts) == 1 and not parts[0][1] and len(line) <= 20:
            parts[0] = (line, [])
        else:
            parts[-1][1].append(line)
    return title, parts
