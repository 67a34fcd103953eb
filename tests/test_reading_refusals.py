"""A file that cannot be read is refused on one line: what is wrong, where, and what was expected."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from papers import pdf, scan, word
from pypdf import PdfReader, PdfWriter

from tasks.documents.read import read_any
from valign.errors import InputError


def encrypted(path: Path) -> Path:
    pdf(path)
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(path)
    return path


def sparse(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(200_000_000)
    return path


def raw(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    return path


def half(path: Path) -> Path:
    word(path).write_bytes(path.read_bytes()[:9000])
    return path


UNREADABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "encrypted.pdf": (encrypted, "encrypted; open it with its password"),
    "scan.pdf": (scan, "2 of 2 pages have no text: a scan; recognise its text first"),
    "damaged.pdf": (raw(b"%PDF-1.7\nnothing of a PDF follows"), "damaged PDF"),
    "text.pdf": (raw(b"Just words."), "not a PDF but plain text; rename it to .txt or .md"),
    "empty.md": (raw(b""), "empty file"),
    "blank.txt": (raw(b" \n\t\n"), "only white space"),
    "large.txt": (sparse, "200 MB, and at most 50 MB is read"),
    "binary.txt": (raw(bytes(range(256)) * 20), "binary file, not text"),
    "latin.txt": (raw("Les règles\nde la maison".encode("latin-1")), ":1: byte 0xe8 is not UTF-8; save it as UTF-8"),
    "sheet.docx": (archive, "without a Word document inside"),
    "half.docx": (half, "damaged"),
    "old.doc": (raw(b"\xd0\xcf\x11\xe0" + b"\x00" * 600), "an old Office file"),
    "image.png": (raw(b"\x89PNG\r\n\x1a\n" + b"\x00" * 99), "an image"),
    "deep.html": (raw(b"<html><body>" + b"<div>" * 20_000 + b"Hello"), "nested too deeply"),
    "bare.md": (raw(b"# Only a title\n"), "no text in it"),
    "charset.html": (raw(b"<html><meta charset='klingon'><p>x"), "declares the unknown encoding 'klingon'"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_on_one_line(tmp_path: Path, name: str) -> None:
    make, said = UNREADABLE[name]
    path = make(tmp_path / name)
    with pytest.raises(InputError) as raised:
        read_any(path)
    message = str(raised.value)
    assert said in message
    assert message.startswith(str(path))
    assert "\n" not in message


def test_a_folder_without_a_document_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path, said in ((tmp_path, "no document in it"), (tmp_path / "none.pdf", "no such file")):
        with pytest.raises(InputError, match=said):
            read_any(path)


@pytest.mark.parametrize("make", [pdf, word])
def test_a_damaged_file_is_read_or_refused_but_breaks_nothing(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "rules.pdf")
    whole = path.read_bytes()
    generator, refused = random.Random(0), 0
    for round_ in range(30):
        data = bytearray(whole if round_ % 3 else whole[: generator.randrange(len(whole))])
        for _ in range(round_):
            data[generator.randrange(len(data))] = generator.randrange(256)
        path.write_bytes(data)
        try:
            assert read_any(path).sections
        except InputError as error:
            refused += str(error).startswith(f"{path}: ")
    assert 5 < refused <= 30
