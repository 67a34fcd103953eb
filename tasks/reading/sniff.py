"""What a file holds, told by its content, and why it cannot be read where it cannot."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from tasks.errors import InputError

#: The kinds read here, with the endings that stand for them.
ENDINGS = {
    "pdf": (".pdf",),
    "docx": (".docx",),
    "html": (".html", ".htm", ".xhtml"),
    "markdown": (".md", ".markdown"),
    "text": (".txt", ".text"),
}
#: Largest file read, in bytes. A book of 1,000 pages is about 5 MB.
LARGEST = 50_000_000
_WANTED = "PDF, DOCX, HTML, Markdown or plain text is wanted"
_OTHER = {
    b"\xd0\xcf\x11\xe0": "an old Office file (.doc, .xls or .ppt); save it as .docx or PDF",
    b"{\\rtf": "a Rich Text file; save it as .docx or PDF",
    b"\x89PNG": "an image; give its text, by OCR for instance",
    b"\xff\xd8\xff": "an image; give its text, by OCR for instance",
    b"GIF8": "an image; give its text, by OCR for instance",
    b"II*\x00": "an image; give its text, by OCR for instance",
    b"MM\x00*": "an image; give its text, by OCR for instance",
    b"\x1f\x8b": "a compressed file; unpack it first",
}
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<(p|div|h[1-6]|ul|ol|table|section|article|span|br)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def kind_of(path: Path) -> str:
    """A key of `ENDINGS`. What the content shows beyond doubt wins over the file's ending.

    A PDF, a DOCX and a whole HTML page begin with what nothing else begins with, so one with a wrong ending is read as
    what it is. Plain text shows nothing of the kind: called .pdf or .docx it is refused.

    Raises:
        InputError: no such file, empty, too large, binary, or of a kind that is not read here.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; {_WANTED}")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path}: empty file; {_WANTED}")
    if size > LARGEST:
        most = LARGEST // 1_000_000
        raise InputError(f"{path}: {size / 1e6:,.0f} MB, and at most {most} MB is read; split it or drop its images")
    with path.open("rb") as file:
        head = file.read(8192)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _zipped(path)
    for magic, what in _OTHER.items():
        if head.startswith(magic):
            raise InputError(f"{path}: {what}")
    return _kind_of_text(path, head)


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        raise InputError(f"{path}: damaged ZIP or Office file; make the copy again") from None
    if "word/document.xml" not in names:
        raise InputError(f"{path}: a ZIP or Office file without a Word document inside; {_WANTED}")
    if unpacked > 10 * LARGEST:
        raise InputError(f"{path}: unpacks to {unpacked / 1e6:,.0f} MB; make a copy without its images")
    return "docx"


def _kind_of_text(path: Path, head: bytes) -> str:
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}: binary file, no text; {_WANTED}")
    text = decode(path)
    if not text.strip():
        raise InputError(f"{path}: nothing but white space; {_WANTED}")
    if _HTML.match(text):
        return "html"
    named = next((kind for kind, endings in ENDINGS.items() if path.suffix.lower() in endings), "text")
    if named in ("pdf", "docx"):
        raise InputError(f"{path}: not a {named.upper()} but plain text; give it the ending .txt or .md")
    return "text" if named == "html" and not _TAG.search(text) else named


def decode(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or the encoding that an HTML page declares.

    Nothing else is guessed: a wrong guess would put other letters into the data in silence.

    Raises:
        InputError: it is in another encoding; the message gives line and byte.
    """
    data = path.read_bytes()
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None and (declared := _CHARSET.search(data[:2048])):
        encoding = declared.group(1).decode("ascii")
    try:
        return data.decode(encoding or "utf-8")
    except LookupError:
        raise InputError(f"{path}: declares the unknown encoding {encoding!r}; save it as UTF-8") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is no {(encoding or 'utf-8').upper()}; save it as UTF-8 "
            "(iconv -f WINDOWS-1252 -t UTF-8, for instance)"
        ) from None
