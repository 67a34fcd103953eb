"""DOCX to blocks, through mammoth's HTML: styles become headings, page headers and footers are left out."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from xml.parsers.expat import ExpatError

from bs4 import BeautifulSoup

from tasks.documents.blocks import Source
from tasks.documents.html import blocks_of
from valign.errors import InputError

_STYLES = "p[style-name='Title'] => h1.title:fresh"


def read_docx(path: Path) -> Source:
    """Read the blocks of a Word document; its title is the paragraph with the style Title.

    Raises:
        InputError: the file is damaged or has a password.
    """
    import mammoth

    try:
        with path.open("rb") as file:
            html = mammoth.convert_to_html(file, style_map=_STYLES, ignore_empty_paragraphs=True).value
    except (AttributeError, ExpatError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: damaged Word file ({error}); open it in Word and save it again") from error
    soup = BeautifulSoup(html, "lxml")
    for note in soup.select("ol > li[id^=footnote-]:first-child, ol > li[id^=endnote-]:first-child"):
        heading = soup.new_tag("h1")
        heading.string = "Notes"
        if notes := note.find_parent("ol"):
            notes.insert_before(heading)
    titles = [" ".join(title.extract().get_text().split()) for title in soup.select("h1.title")]
    return Source(next(filter(None, titles), None), blocks_of(soup))
