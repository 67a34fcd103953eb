"""`valign data fetch udhr` takes the whole Declaration, and nothing that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.documents.fetch import SHA256, URL, download, fetch_udhr, parse_udhr
from valign.errors import InputError

DATA = Path(__file__).parents[2] / "shared" / "data"
XML = sorted((DATA / "udhr_unicode_xml").glob("udhr_*.xml"))
WHOLE = sorted((DATA / "udhr_nltk" / "udhr2").glob("*.txt"))
CUT = sorted((DATA / "udhr_nltk" / "udhr").glob("*-Latin1"))
IDS = ["preamble", *(f"article-{n}" for n in range(1, 31))]

copies = pytest.mark.skipif(not XML, reason="the copies of the Declaration in ../shared are not here")


@copies
@pytest.mark.parametrize("path", [*XML, *WHOLE], ids=lambda path: path.name)
def test_every_whole_copy_has_31_sections(path: Path) -> None:
    title, sections = parse_udhr(path.read_bytes(), path.name)
    assert title
    assert [section.id for section in sections] == IDS
    assert all(section.title and section.text for section in sections)


@copies
def test_xml_and_plain_text_agree_on_the_english_articles() -> None:
    _, xml = parse_udhr((DATA / "udhr_unicode_xml" / "udhr_eng.xml").read_bytes(), "xml")
    _, text = parse_udhr((DATA / "udhr_nltk" / "udhr2" / "eng.txt").read_bytes(), "text")
    for one, other in zip(xml, text, strict=True):
        unnumbered = one.text.replace("(1) ", "").replace("(2) ", "").replace("(3) ", "").replace("(4) ", "")
        assert unnumbered == other.text
        assert one.title == other.title


@copies
@pytest.mark.parametrize("path", CUT, ids=lambda path: path.name)
def test_a_cut_copy_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"article \d+ is missing, it ends with 'Art"):
        fetch_udhr(tmp_path / "out", path)
    assert not (tmp_path / "out").exists()


@copies
def test_a_download_is_checked_and_written_once(tmp_path: Path) -> None:
    data = (DATA / "udhr_unicode_xml" / "udhr_eng.xml").read_bytes()
    asked: list[str] = []
    document = fetch_udhr(tmp_path, download=lambda url: asked.append(url) or data)  # type: ignore[func-returns-value]
    assert asked == [URL]
    assert [section.id for section in document.sections] == IDS
    assert document.sections[3].text == "Everyone has the right to life, liberty and the security of person."
    assert fetch_udhr(tmp_path, DATA / "udhr_unicode_xml" / "udhr_eng.xml") == document
    with pytest.raises(InputError, match=f"expected {SHA256}"):
        fetch_udhr(tmp_path / "other", download=lambda _: data + b" ")
    with pytest.raises(InputError, match="another document is here already"):
        fetch_udhr(tmp_path, DATA / "udhr_unicode_xml" / "udhr_fra.xml")


def xml(articles: int) -> bytes:
    body = "".join(
        f'<article number="{n}"><title>Article {n}</title><para>P</para></article>' for n in range(1, articles + 1)
    )
    return f"<udhr><title>T</title><preamble><para>P</para></preamble>{body}</udhr>".encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (xml(29), "article 30 is missing, it ends with 'Article 29'"),
        (xml(30)[:-20], "broken XML"),
        (xml(30).replace(b'number="7"', b'number="8"'), "article 7 is missing"),
        (
            xml(30).replace(b"<title>Article 9</title><para>P</para>", b"<title>Article 9</title>"),
            "article-9 has no text",
        ),
        (b"<!DOCTYPE udhr [<!ENTITY a 'b'>]>" + xml(30), "entities"),
        (b"", "article 1 is missing, it has none"),
        (b"%PDF-1.4 \xff\xfe", "article 1 is missing"),
    ],
)
def test_damaged_files_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    source = tmp_path / "udhr.xml"
    source.write_bytes(data)
    with pytest.raises(InputError, match=message):
        fetch_udhr(tmp_path / "out", source)


def test_a_missing_file_or_address_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        fetch_udhr(tmp_path, tmp_path / "none.xml")
    with pytest.raises(InputError, match="give it with --from"):
        download((tmp_path / "none").as_uri())
