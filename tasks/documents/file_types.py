"""Detects the type of a file from its content, and decodes text files."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from valign.errors import InputError

#: File type -> its file name extensions.
EXTENSIONS = {
    "pdf": (".pdf",),
    "docx": (".docx",),
    "html": (".html", ".htm", ".xhtml"),
    "markdown": (".md", ".markdown"),
    "text": (".txt", ".text"),
}
#: Largest file that is read. A book of 1,000 pages is about 5 MB.
MAX_BYTES = 50_000_000
_EXPECTED = "expected PDF, DOCX, HTML, Markdown or plain text"
_UNSUPPORTED = {
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


def file_type(path: Path) -> str:
    """The type of a file, a key of `EXTENSIONS`, by its content and then by its extension.

    PDF, DOCX and HTML files are recognised by their first bytes whatever their extension. Other text has the type of
    its extension; as .pdf or .docx it is an error.

    Raises:
        InputError: no such file, empty, too large, binary, or of a type that is not supported.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; {_EXPECTED}")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path}: empty file; {_EXPECTED}")
    if size > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise InputError(f"{path}: {size / 1e6:,.0f} MB, and at most {most} MB is read; split it or drop its images")
    with path.open("rb") as file:
        head = file.read(8192)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _zipped(path)
    for magic, what in _UNSUPPORTED.items():
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
        raise InputError(f"{path}: a ZIP or Office file without a Word document inside; {_EXPECTED}")
    if unpacked > 10 * MAX_BYTES:
        raise InputError(f"{path}: unpacks to {unpacked / 1e6:,.0f} MB; make a copy without its images")
    return "docx"


def _kind_of_text(path: Path, head: bytes) -> str:
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}: binary file, not text; {_EXPECTED}")
    text = decode(path)
    if not text.strip():
        raise InputError(f"{path}: only white space; {_EXPECTED}")
    if _HTML.match(text):
        return "html"
    by_extension = next((kind for kind, extensions in EXTENSIONS.items() if path.suffix.lower() in extensions), "text")
    if by_extension in ("pdf", "docx"):
        raise InputError(f"{path}: not a {by_extension.upper()} but plain text; rename it to .txt or .md")
    return "text" if by_extension == "html" and not _TAG.search(text) else by_extension


def decode(path: Path) -> str:
    """Decode a file as UTF-8, as UTF-16 with a byte order mark, or in the encoding that an HTML page declares.

    No other encoding is guessed, because a wrong guess would corrupt the text without an error.

    Raises:
        InputError: the file has another encoding; the message gives the line and the byte.
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
            f"{path}:{line}: byte 0x{data[error.start]:02x} is not {(encoding or 'utf-8').upper()}; save it as UTF-8 "
            "(iconv -f WINDOWS-1252 -t UTF-8, for instance)"
        ) from None
