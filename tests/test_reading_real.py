"""The real documents in ../shared/data: their text is read completely, in order, and divided into sensible sections."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader

from tasks.data.types import Document
from tasks.documents.chunking import chunk_document
from tasks.documents.read import read_any as read_uncached
from valign.errors import InputError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
HANDBOOK = DATA / "doc_18f_derisking_handbook"
RONIN = DATA / "doc_ronin_institute"

pytestmark = pytest.mark.skipif(not HANDBOOK.is_dir(), reason="the real documents in ../shared are not here")


read_any = cache(read_uncached)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.replace("’", "'").lower()))


def whole_text(document: Document) -> str:
    return "\n".join(f"{section.title}\n{section.text}" for section in document.sections)


def shared(one: Counter[str], other: Counter[str]) -> tuple[float, float]:
    """The share of each bag of words that is in the other too."""
    both = (one & other).total()
    return both / one.total(), both / other.total()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"),
    [(HANDBOOK / "handbook.md", HANDBOOK / "handbook.pdf"), (RONIN / "bylaws.docx", RONIN / "bylaws.pdf")],
)
def test_one_document_in_two_formats_has_the_same_words_and_sections(one: Path, other: Path) -> None:
    first, second = read_any(one), read_any(other)
    assert min(shared(words(whole_text(first)), words(whole_text(second)))) >= 0.99
    titles = [{section.title for section in document.sections} for document in (first, second)]
    assert len(titles[0] & titles[1]) >= 0.9 * max(map(len, titles))


def test_of_two_editions_each_is_read_whole() -> None:
    """The institute's code of conduct differs between its DOCX and its PDF, so each is held against its own file."""
    raw = docx.Document(str(RONIN / "code-of-conduct.docx"))
    cells = [cell.text for table in raw.tables for row in table.rows for cell in row.cells]
    paragraphs = "\n".join([*(paragraph.text for paragraph in raw.paragraphs), *cells])
    pages = "\n".join(page.extract_text() for page in PdfReader(RONIN / "code-of-conduct.pdf").pages)
    for name, whole in (("code-of-conduct.docx", paragraphs), ("code-of-conduct.pdf", pages)):
        document = read_any(RONIN / name)
        assert shared(words(whole), words(whole_text(document) + document.title))[0] >= 0.98, name


@pytest.mark.slow
def test_nothing_that_only_pages_have_reaches_a_chunk() -> None:
    chunks = [chunk.text for chunk in chunk_document(read_any(HANDBOOK / "handbook.pdf"))]
    assert not [text for text in chunks if "De-risking custom technology projects" in text]
    assert not [text for text in chunks if re.search(r"(User-centered design|Product ownership|DevOps) \d+\b", text)]
    assert not [text for text in chunks if re.search(r"successful\.1 |inside\.? ?\d{1,2} State IT", text)]
    bylaws = [chunk.text for chunk in chunk_document(read_any(RONIN / "bylaws.pdf"))]
    assert not [text for text in bylaws if "The Bylaws of" in text or re.search(r"ARTICLE [IVX]+ — .* \d+$", text)]


#: Of each folder: sections, at least and at most; titles that a reader of it would look for.
FOLDERS = {
    "doc_18f_derisking_handbook": (
        40,
        45,
        {"Introduction", "DevOps", "Who will own the software?"},
    ),
    "doc_clef_handbook": (120, 160, {"Clef Observed Holiday List", "Complaint Policy", "7. Remedies", "Setting OKRs"}),
    "doc_contributor_covenant": (11, 11, {"Our Pledge", "Our Standards", "4. Permanent Ban"}),
    "doc_github_site_policy": (
        40,
        48,
        {"2. User Safety", "Data Retention and Deletion of Data"},
    ),
    "doc_ronin_institute": (95, 110, {"ARTICLE III — NOTICES", "Reporting and Enforcement", "Anti-retaliation"}),
    "doc_w3c_code_of_conduct": (14, 16, {"Expected Behavior", "Unacceptable Behavior", "Glossary"}),
    "doc_w3c_ethical_web_principles": (15, 17, {"Introduction", "There is one web", "The web is transparent"}),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_each_folder_is_read_into_sections_a_person_would_expect(name: str) -> None:
    least, most, titles = FOLDERS[name]
    document = read_any(DATA / name)
    ids = [section.id for section in document.sections]
    assert least <= len(ids) <= most
    assert len(set(ids)) == len(ids)
    assert titles <= {section.title for section in document.sections}
    chunks = chunk_document(document)
    assert max(len(chunk.text.split()) for chunk in chunks) <= 256
    assert "SOURCE" not in whole_text(document)
    assert " ".join(c.text for c in chunks).split() == " ".join(s.text for s in document.sections).split()


def test_the_scanned_policy_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"GSAOSSPolicy\.pdf: 2 of 2 pages have no text: a scan; recognise its text"):
        read_any(DATA / "doc_gsa_scanned_policy")


def test_the_declaration_as_plain_text_has_its_thirty_articles() -> None:
    sections = read_any(DATA / "udhr_nltk" / "udhr2" / "eng.txt").sections
    assert [section.id for section in sections] == ["preamble", *(f"article-{n}" for n in range(1, 31))]
