"""Sections, what is left out, and chunks, for documents created here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import RULES, SENTENCE, html, markdown, pdf, scan, two_columns, word, write
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tasks.data.folder import find
from tasks.data.types import Document
from tasks.documents.blocks import Block
from tasks.documents.chunking import chunk_document
from tasks.documents.document import markdown_of, read_document
from tasks.documents.folder import select_files
from tasks.documents.read import read_any
from tasks.documents.sections import build_document


def flat(document: Document) -> list[tuple[str, str, list[str]]]:
    return [(s.id, s.title, [" ".join(p.split()) for p in s.text.split("\n\n")]) for s in document.sections]


EXPECTED = [(name.lower().replace(" ", "-"), name, [" ".join(p.split()) for p in text]) for name, text in RULES.items()]


def test_one_document_in_five_formats_has_the_same_sections_and_paragraphs(tmp_path: Path) -> None:
    made = [
        write(tmp_path / "rules.md", markdown()),
        write(tmp_path / "rules.html", html()),
        word(tmp_path / "rules.docx"),
        pdf(tmp_path / "rules.pdf"),
    ]
    for path in made:
        read = read_any(path)
        assert (read.name, read.title) == ("rules", "House rules"), path
        assert flat(read) == EXPECTED, path
    plain = (
        markdown().replace("## Gifts", "GIFTS").replace("## Safety", "SAFETY").replace("## Speaking up", "SPEAKING UP")
    )
    text = flat(read_any(write(tmp_path / "rules.txt", plain.replace("# ", ""))))
    assert [(i, p) for i, _, p in text] == [(i, p) for i, _, p in EXPECTED]


def test_headers_page_numbers_and_tables_of_contents_reach_no_chunk(tmp_path: Path) -> None:
    chunks = chunk_document(read_any(pdf(tmp_path / "rules.pdf")))
    text = " ".join(chunk.text for chunk in chunks)
    assert "edition" not in text
    assert not re.search(r"Page \d|Index of words", text)
    assert text.split() == " ".join(p for _, _, paragraphs in EXPECTED for p in paragraphs).split()
    linked = "# R\n\n## Contents\n\n- [Gifts](#gifts)\n- [Safety](#safety)\n\n" + markdown(title="")
    assert flat(read_any(write(tmp_path / "linked.md", linked))) == EXPECTED


def test_a_list_that_names_headings_without_linking_them_is_text(tmp_path: Path) -> None:
    text = "# R\n\n## In short\n\nThree things count:\n\n- Gifts\n- Safety\n- Speaking up\n\n" + markdown(title="")
    first = read_any(write(tmp_path / "r.md", text)).sections[0]
    assert first.text == "Three things count:\n- Gifts\n- Safety\n- Speaking up"


def test_columns_of_a_pdf_are_read_one_after_the_other(tmp_path: Path) -> None:
    text = " ".join(section.text for section in read_any(two_columns(tmp_path / "paper.pdf")).sections)
    assert re.findall(r"c(\d) line (\d+)", text) == [(str(c), str(n)) for c in (0, 1) for n in range(40)]


def test_a_broken_word_is_whole_again_and_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "r.pdf"), pagesize=A4)
    first = ["The compli-", "ance desk answers well-", "meant questions within a day", "and it keeps"]
    for n in range(30):
        canvas.drawString(60, 780 - 16 * n, "Ask the compliance desk about it, whoever you may be here.")
    for n, line in enumerate(first):
        canvas.drawString(60, 250 - 16 * n, line)
    canvas.showPage()
    canvas.drawString(60, 780, "a list of them for seven years.")
    canvas.save()
    read = " ".join(section.text for section in read_any(tmp_path / "r.pdf").sections)
    assert "The compliance desk answers well-meant questions within a day and it keeps a list of them" in read


NO_HEADINGS = {
    "numbered": (["1. " + SENTENCE, SENTENCE, "2. " + SENTENCE, "3. Keep quiet about prices. " + SENTENCE], 3),
    "articles": (["Article 1", SENTENCE, "Article 2", SENTENCE, "Article 3", SENTENCE], 3),
    "bold": (["**Gifts**", SENTENCE, "**Safety**", SENTENCE], 2),
    "capitals": (["GIFTS AND MEALS", SENTENCE, "SAFETY", SENTENCE, SENTENCE], 2),
}


@pytest.mark.parametrize("cue", NO_HEADINGS)
def test_a_document_without_headings_gets_sections_by_its_structure(tmp_path: Path, cue: str) -> None:
    paragraphs, count = NO_HEADINGS[cue]
    read = read_any(write(tmp_path / f"{cue}.md", "\n\n".join(["House rules of the works", *paragraphs])))
    assert read.title == "House rules of the works"
    assert len(read.sections) == count
    assert all(SENTENCE in section.text for section in read.sections)


def many(changed: int | None = None) -> list[str]:
    """Sixty paragraphs without any structure, one of them changed."""
    paragraphs = [f"Rule {'abcdefghij'[n % 10]}{'klmnop'[n // 10]} says this. {SENTENCE}" for n in range(60)]
    if changed is not None:
        paragraphs[changed] = "Something else entirely stands here now, much longer than before. " + SENTENCE * 5
    return paragraphs


def test_a_changed_paragraph_leaves_the_ids_of_other_sections(tmp_path: Path) -> None:
    def ids(paragraphs: list[str]) -> list[str]:
        return [s.id for s in read_any(write(tmp_path / "rules.txt", "\n\n".join(paragraphs))).sections]

    before = ids(many())
    assert len(before) > 4
    for place in (0, 20, 59):
        assert len(set(before) - set(ids(many(place)))) <= 2
    headed = {**RULES, "Safety": ["Now it says something else, and much more of it than before. " * 40]}
    a, b = (read_any(write(tmp_path / f"{n}.md", markdown(r))) for n, r in enumerate((RULES, headed)))
    assert [s.id for s in a.sections] == [s.id for s in b.sections]


def test_repeated_titles_are_distinguished_by_the_titles_above_them(tmp_path: Path) -> None:
    text = "# R\n\n" + "".join(f"## {name}\n\nA.\n\n### Scope\n\nB.\n\n" for name in ("Gifts", "Safety"))
    text += "## ARTICLE IV\n\n### Section 2\n\nE.\n"
    assert [(s.id, s.title) for s in read_any(write(tmp_path / "r.md", text)).sections] == [
        ("gifts", "Gifts"),
        ("gifts.scope", "Gifts: Scope"),
        ("safety", "Safety"),
        ("safety.scope", "Safety: Scope"),
        ("article-iv.section-2", "ARTICLE IV: Section 2"),
    ]


def test_a_heading_that_recurs_under_every_topic_is_part_of_its_topic(tmp_path: Path) -> None:
    text = "# R\n\n" + "".join(f"## Topic {t}\n\n{SENTENCE}\n\n### Checklist\n\n- One.\n- Two.\n\n" for t in "abc")
    sections = read_any(write(tmp_path / "r.md", text)).sections
    assert [s.id for s in sections] == ["topic-a", "topic-b", "topic-c"]
    assert sections[0].text == f"{SENTENCE}\n\nChecklist:\n- One.\n- Two."


def test_a_folder_is_one_document_without_licences_copies_and_translations(tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    write(folder / "README.md", "# Welcome\n\nHello to you.\n\n## Pages\n\n- [Leave](b/Leave.md)\n- [Pay](a/Pay.md)\n")
    write(folder / "a" / "Pay.md", "# Pay\n\nOn the first of the month.\n")
    write(folder / "a" / "Pay.fr.md", "# Paie\n\nLe premier du mois.\n")
    write(folder / "b" / "Leave.md", "Thirty days.\n")
    write(folder / "b" / "Leave.txt", "Thirty days.\n")
    write(folder / ".git" / "x.md", "# No\n\nNo.\n")
    write(folder / "LICENSE.txt", "Do what you like.\n")
    write(folder / "photo.jpg", "no text")
    read = read_any(folder)
    assert (read.name, read.title) == ("handbook", "Welcome")
    assert [(s.id, s.text) for s in read.sections] == [
        ("welcome", "Hello to you."),
        ("pay", "On the first of the month."),
        ("leave", "Thirty days."),
    ]
    assert [path.name for path, _ in select_files(folder).left_out] == ["LICENSE.txt", "Pay.fr.md", "Leave.txt"]
    both = read_any(folder / "b" / "Leave.md", folder / "a" / "Pay.md")
    assert [s.id for s in both.sections] == ["leave", "pay"]


def test_the_content_of_a_file_decides_its_type_and_not_its_extension(tmp_path: Path) -> None:
    page = write(tmp_path / "page.pdf", html())
    paper = pdf(tmp_path / "made.pdf").rename(tmp_path / "paper.md")
    letter = word(tmp_path / "made.docx").rename(tmp_path / "letter.html")
    for path in (page, paper, letter):
        assert flat(read_any(path)) == EXPECTED, path


def test_letters_of_any_script_make_an_id(tmp_path: Path) -> None:
    text = "# T\n\n## Déclaration d'intention\n\nUn.\n\n## 私たちの約束\n\n約束します。\n\n## تعهدنا\n\nنعم.\n"
    read = read_any(write(tmp_path / "t.md", text))
    assert [s.id for s in read.sections] == ["declaration-d-intention", "私たちの約束", "تعهدنا"]


def test_declared_encodings_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Les règles de la maison sont brèves.".encode("utf-16"))
    (tmp_path / "b.html").write_bytes(
        "<html><meta charset='latin-1'><p>Les règles de la maison sont brèves.".encode("latin-1")
    )
    for name in ("a.txt", "b.html"):
        assert read_any(tmp_path / name).sections[0].text == "Les règles de la maison sont brèves."


def test_what_surrounds_a_web_page_and_marks_its_notes_is_left_out(tmp_path: Path) -> None:
    page = (
        "<html><body><nav>Home</nav><header><p>Banner</p></header><script>x()</script><main><h1>Rules</h1><p>Be kind"
        "<sup><a href='#n1'>1</a></sup>, and <em>fair</em>.</p><table><tr><th>Gift</th><th>Rule</th></tr><tr><td>Pen"
        "</td><td>Yes</td></tr></table></main><footer>Imprint</footer></body></html>"
    )
    (section,) = read_any(write(tmp_path / "page.html", page)).sections
    assert section.text == "Be kind, and fair.\n\n- Gift | Rule\n- Pen | Yes"


def test_chunks_keep_to_the_bound_items_and_sentences(tmp_path: Path) -> None:
    items = "\n".join(f"- {SENTENCE}" for _ in range(6))
    read = read_any(
        write(tmp_path / "r.md", f"# R\n\n## A\n\nMind this:\n\n{items}\n\n## B\n\n{' '.join([SENTENCE] * 4)}\n")
    )
    count = len(SENTENCE.split())
    chunks = chunk_document(read, bound=2 * count + 4)
    assert all(len(chunk.text.split()) <= 2 * count + 4 for chunk in chunks)
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert {chunk.section for chunk in chunks} == {"a", "b"}
    assert [line for c in chunks if c.section == "a" for line in c.text.split("\n")][1:] == [f"- {SENTENCE}"] * 6
    japanese = read_any(write(tmp_path / "j.md", "# T\n\n## A\n\n" + "規則を守ります。" * 30 + "\n"))
    assert all(c.text.endswith("。") and len(c.text) <= 100 for c in chunk_document(japanese, len, 100))


LINE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
BLOCKS = st.lists(st.builds(Block, st.sampled_from(["heading", "text", "item"]), LINE, st.integers(1, 3)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(title=LINE, blocks=BLOCKS)
def test_what_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, title: str, blocks: list[Block]
) -> None:
    from tasks.documents.blocks import clean

    with_text = [Block(b.kind, clean(b.text), b.level) for b in blocks if any(c.isalnum() for c in clean(b.text))]
    made = build_document("rules", clean(title) or "T", [("f", with_text)])
    path = tmp_path_factory.mktemp("trip") / "rules" / "document.md"
    write(path, markdown_of(made))
    if made.sections:
        assert read_document(path) == made
        ids = [section.id for section in made.sections]
        assert len(set(ids)) == len(ids)


def test_the_command_shows_sections_and_writes_what_reads_back(tmp_path: Path, valign: Callable[..., Said]) -> None:
    source, out = pdf(tmp_path / "rules.pdf"), tmp_path / "rules" / "document.md"
    said = valign("data", "read", source, "--out", out)
    assert said.code == 0, said.err
    assert "speaking-up" in said.out
    assert "3 sections" in said.out
    assert read_document(out) == read_any(out) == read_any(source)
    refused = valign("data", "read", scan(tmp_path / "scan.pdf"))
    assert refused.code == 2
    assert refused.err.startswith("valign: ")
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize("name", ["bcg", "udhr"])
def test_a_document_of_ours_is_read_as_it_stands(name: str) -> None:
    folder = find(name)
    assert read_any(folder.path) == read_any(folder.path / "document.md") == folder.document()
