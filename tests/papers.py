"""One small document in the formats that are read, created for a test."""

from __future__ import annotations

import re
from pathlib import Path

import docx
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

SENTENCE = "Nobody at the works accepts a gift worth more than fifty crowns from a supplier or a customer."
RULES = {
    "Gifts": [SENTENCE, "Ask the compliance desk before you accept anything else, and write down what they said."],
    "Safety": ["Stop the press before you open it. " * 3, "Report every near miss within one day to your foreman."],
    "Speaking up": ["You may raise a concern with anybody you trust, and nobody may punish you for it."],
}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def markdown(rules: dict[str, list[str]] = RULES, title: str = "# House rules\n\n") -> str:
    return title + "\n\n".join("\n\n".join([f"## {name}", *text]) for name, text in rules.items()) + "\n"


def html() -> str:
    body = "".join(f"<h2>{name}</h2>" + "".join(f"<p>{p}</p>" for p in text) for name, text in RULES.items())
    return f"<!DOCTYPE html><html><head><title>House rules</title></head><body><h1>House rules</h1>{body}</body></html>"


def word(path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("House rules", style="Title")
    for name, text in RULES.items():
        document.add_heading(name, level=1)
        for paragraph in text:
            document.add_paragraph(paragraph)
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.save(str(path))
    return path


def pdf(path: Path, rules: dict[str, list[str]] = RULES, title: str = "House rules", contents: bool = True) -> Path:
    """A title page with contents, then a page for each rule, with a running header and page numbers."""
    canvas = Canvas(str(path), pagesize=A4, invariant=True)

    def header_and_page_number(page: int) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(60, 810, f"{title} of the Works, edition 7")
        canvas.drawCentredString(300, 30, f"Page {page} of {len(rules) + 1}")

    canvas.setFont("Helvetica-Bold", 26)
    canvas.drawString(60, 740, title)
    canvas.setFont("Helvetica", 11)
    for n, name in enumerate([*rules, "Index of words"] if contents else []):
        canvas.drawString(60, 660 - 20 * n, name)
        canvas.drawRightString(540, 660 - 20 * n, str(n + 2))
    header_and_page_number(1)
    for page, (name, text) in enumerate(rules.items(), 2):
        canvas.showPage()
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, 740, name)
        canvas.setFont("Helvetica", 11)
        y = 710.0
        for paragraph in text:
            for line in re.findall(r".{1,70}(?:\s|$)", paragraph):
                canvas.drawString(60, y, line.strip())
                y -= 14
            y -= 14
        header_and_page_number(page)
    canvas.save()
    return path


def two_columns(path: Path) -> Path:
    canvas = Canvas(str(path), pagesize=A4)
    for column, x in enumerate((50, 320)):
        for n in range(40):
            canvas.drawString(x, 780 - 16 * n, f"c{column} line {n} holds some words.")
    canvas.save()
    return path


def scan(path: Path) -> Path:
    canvas = Canvas(str(path))
    for _ in range(2):
        canvas.rect(50, 50, 400, 600, fill=1)
        canvas.showPage()
    canvas.save()
    return path
