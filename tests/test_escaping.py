"""Text that others wrote stays text, within its own cell, in every form of output; each form is parsed back here."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import unicodedata
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from harness.gate.rules import Gate, Rule
from harness.gate.verdict import Check, GateResult
from harness.report.gate import as_json, as_junit
from harness.report.gate_comment import as_markdown
from harness.report.latex import latex
from harness.report.table import Alarm, Table, console, csv_text, markdown
from valign.escaping import bold_in_markdown, in_csv, in_json, in_latex, in_markdown, on_terminal, one_line, visible
from valign.jsonl import as_lines

HOSTILE = [
    "<script>alert(1)</script>", "</td></tr></table>", '<img src=x onerror="alert(1)">', "<!-- x", "<b>", "&lt;b&gt;",
    "a|b", "\\|", "\\\\|", "|---|---|", "`code`", "``", "```\ncode\n```", "**bold**", "_em_", "__", "~~gone~~",
    "[a](http://x.y)", "![a](http://x.y/z.png)", "[a]: http://x.y", "[^1]: note", "[^1]", "[x] done", "<http://x.y>",
    "# heading", "heading\n===", "a\n---\nb", "- item", "* item", "+ item", "1. item", "> quoted", "    code", "\n\n\n",
    "http://x.y", "www.x.y", "a@b.cd", "@everyone", "#12", "GH-12", "$x^2$", "$$x$$", ":+1:", "a  \nb", "a\\\nb",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x.y\x07link\x1b]8;;\x07", "\x9b2J", "\r\nover", "a\rb", "\x00", "\x07", "\x08",
    "\u202eabc\u202c", "\u2066x\u2069", "\ud800", "\udfff\ud800", "\ufffe", "\u2028", "\x85", "\x0b\x0c",
    "[bold]x[/bold]", "[/]", "[link=http://x.y]x[/link]", "valign[vllm]", "\\[bold]", "[red",
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-0.5", "+25.0", "1e5", "-", "--",
    "\\input{/etc/passwd}", "\\end{tabular}", "}{", "{", "$", "%", "&", "a & b \\\\", "^^M", "~", "\\", "#1", "_", "\"",
    "[1ex]", "*", "中文", "Ngāti", "é", "e\u0301", "ﬁ", "😀", "שלום", "i\u0307", "<", "?`", "--- –", "'", "``x''",
]  # fmt: skip
ANY = st.text(st.characters(exclude_categories=()), max_size=30)
TEXTS = st.lists(st.sampled_from(HOSTILE) | ANY, max_size=4).map("".join) | st.sampled_from(HOSTILE)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: What GitHub makes links of, or people's notifications, in text that no escape protects.
NOTIFIES = re.compile(r"@\w|#\d|\bgh-\d|://|www\.", re.IGNORECASE)


def rendered(inline: list) -> str:
    """The text of a cell as a reader sees it; fails on anything that is no text."""
    text = ""
    for token in inline:
        if token.type == "text":
            assert not NOTIFIES.search(token.content), token.content
            text += token.content
        else:
            assert token.type == "html_inline", token
            assert token.content in ("<br>", "<!-- -->", "<span>", "</span>"), token.content
            text += "\n" if token.content == "<br>" else ""
    return text


def as_read(text: str) -> str:
    lines = visible(text).replace("\t", " ").split("\n")
    return "\n".join(line.strip(" ") for line in lines).strip()


@given(TEXTS, TEXTS)
@settings(max_examples=400, deadline=None)
def test_markdown_keeps_any_text_within_its_cell_its_heading_and_its_note(text: str, other: str) -> None:
    rows = (("a", text, "b"), (other, "c", text))
    table = Table("t", text, ("left", text, "right"), rows, (text, "last", Alarm("!")))
    page = markdown([table], text, [text, "end"])
    tokens = PARSER.parse(page)
    cells = [
        rendered(inline.children or []).strip()
        for mark, inline in pairwise(tokens)
        if mark.type in ("th_open", "td_open")
    ]
    assert cells == ["left", as_read(text), "right", "a", as_read(text), "b", as_read(other), "c", as_read(text)]
    headings = [inline for mark, inline in pairwise(tokens) if mark.type == "heading_open"]
    assert [rendered(one.children or []).strip() for one in headings] == [as_read(text)] * 2
    notes = [inline for mark, inline in zip(tokens, tokens[2:], strict=False) if mark.type == "list_item_open"]
    assert len(notes) == 3 if as_read(text) else 2
    blocks = {token.type for token in tokens}
    assert not blocks & {"fence", "code_block", "hr", "blockquote_open", "html_block", "ordered_list_open"}


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_csv_cell_reads_back_and_is_no_formula(text: str) -> None:
    table = Table("t", "", ("a", "b", "c"), (("x", text, "y"), ("1", "2", "-3.5")))
    written = csv_text(table)
    written.encode("utf-8")
    header, row, last = csv.reader(io.StringIO(written, newline=""))
    assert (header, last) == (["a", "b", "c"], ["1", "2", "-3.5"])
    assert (row[0], row[2]) == ("x", "y")
    assert row[1] in (visible(text), f"'{visible(text)}")
    if row[1].startswith(tuple("=+-@\t\r")):
        float(row[1])


@pytest.mark.parametrize("number", ["-0.5", "+25.0", "-1", "1e-5", "-1.5E+3", "0.123456", "-.5"])
def test_numbers_stay_numbers_in_csv(number: str) -> None:
    assert in_csv(number) == number


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_terminal_gets_no_control_character_and_no_markup(text: str) -> None:
    buffer = io.StringIO()
    show = Console(file=buffer, width=4000, force_terminal=True, color_system=None, legacy_windows=False)
    show.print(on_terminal(text), soft_wrap=True)
    written = buffer.getvalue()
    written.encode("utf-8")
    assert written.removesuffix("\n") == visible(text).expandtabs(4)
    assert not [one for one in written if one != "\n" and (unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp"))]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(written)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_a_terminal_s_table_keeps_its_other_cells(text: str) -> None:
    buffer = io.StringIO()
    table = Table("t", text, ("a", text, "c"), (("x", text, "yyy"),), (text, Alarm(text)))
    Console(file=buffer, width=200).print(console(table))
    assert "yyy" in buffer.getvalue()
    assert "\x1b" not in buffer.getvalue()


#: Every command that a text may become; what is left of a text without them has no special character.
COMMANDS = re.compile(
    r"\\(text(backslash|asciitilde|asciicircum|less|greater|bar)|dots|ss|ae|AE|o|O|l|L|oe|OE|S|P|copyright|dag|ddag|pounds)"
    r"\{\}|\\valigncharacter\{\d+\}\{[0-9A-F]{4,6}\}|\\[`'^~=.\"urHvcdb]\{([A-Za-z]|\\[ij]\{\})\}|\\[%$_&{}#]"
    r"|\$(\\(pm|cdot|times|leq|geq|to|kappa|alpha)|-)\$|\{`\}|\{\}|(?<=[!?])\{`\}"
)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_latex_of_any_text_is_ascii_without_a_bare_special_character(text: str) -> None:
    written = in_latex(text)
    assert written.isascii()
    left = COMMANDS.sub("", written).replace("~", "")  # a no-break space
    assert not set('\\{}%$&#^_~<>|"\n\r\t\x00') & set(left), left


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_latex_table_has_the_rows_and_columns_of_its_data(text: str) -> None:
    table = Table("t", text, ("a", text, "c"), ((text, "x", "0.1 [0.0, 0.2]"), ("y", text, "z")), (text,))
    written = latex([table], [text])
    assert all(line.startswith("%") for line in written.split("\n\n")[0].splitlines())
    body = written[written.index("\\midrule") : written.index("\\bottomrule")]
    rows = body.splitlines()[1:]
    assert len(rows) == 2
    for row in rows:
        assert row.endswith(r" \\")
        assert len(re.findall(r"(?<!\\)&", row)) == 2
        assert not row.startswith(("[", "*"))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex (Debian: texlive-latex-recommended)")
def test_latex_compiles_whatever_the_cells_hold(tmp_path: Path) -> None:
    cells = tuple((f"row{n}", text, "0.1 [0.0, 0.2]", f"end{n}") for n, text in enumerate(HOSTILE))
    parts = [
        Table(f"t_{{%{n}", text, ("a", text, "b", "c"), cells[n : n + 20], (text,))
        for n, text in zip(range(0, len(cells), 20), HOSTILE, strict=False)
    ]
    (tmp_path / "tables.tex").write_text(latex(parts, HOSTILE), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\\listoftables\\input{tables.tex}\\end{document}"
    )
    for _ in range(2):  # the second reads the captions that the first wrote
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
            cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    from pypdf import PdfReader

    read = "".join(page.extract_text() for page in PdfReader(tmp_path / "paper.pdf").pages)
    assert all(f"row{n}" in read and f"end{n}" in read for n in range(len(cells)))
    assert "root:" not in read


@given(TEXTS)
def test_json_with_any_text_is_utf_8_and_reads_back(text: str) -> None:
    written = as_lines([{"text": text}])
    assert json.loads(written.encode("utf-8").decode("utf-8")) == {"text": text}
    assert in_json(json.dumps(text, ensure_ascii=False)).encode("utf-8")


def test_a_megabyte_changes_nothing_but_its_own_cell() -> None:
    much = "n" * 1_000_000
    table = Table("t", much, ("a", "b"), (("x", "y" * 1_000_000), ("z", "w")), (much,))
    page = markdown([table], much, [much])
    assert len(page) < 20_000
    assert "y… (1,000,000 characters)" in page
    assert len(latex([table], [much])) < 20_000
    buffer = io.StringIO()
    Console(file=buffer, width=100).print(console(table))
    assert buffer.getvalue().count("\n") < 100
    assert csv_text(table).count("y") == 1_000_000, "data files have all"


def test_one_line_is_one_line() -> None:
    assert one_line("a\n\n b\tc\x1b\u2028d") == "a b c\\x1b\\u2028d"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.186 [0.166, 0.206] (2 unscored)", "0.186 [0.166, 0.206] (2 unscored)"),
        ("+25.0 [0.0, 50.0]*", "+25.0 [0.0, 50.0]*"),
        ("-0.011 [-0.028, 0.003]", "-0.011 [-0.028, 0.003]"),
        ("win_rate[reference-similarity]", "win_rate[reference-similarity]"),
        ("SmolLM2-135M-Instruct + RAG", "SmolLM2-135M-Instruct + RAG"),
        ("p < 0.05", "p < 0.05"),
    ],
)
def test_figures_and_names_stay_readable_in_markdown_s_source(text: str, written: str) -> None:
    assert in_markdown(text) == written


def test_bold_text_is_not_ended_by_its_own_stars() -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(bold_in_markdown("a **b** [0.0]*"))
    (inline,) = (token for token in tokens if token.children)
    kinds = [child.type for child in inline.children or ()]
    assert kinds.count("strong_open") == 1
    assert "em_open" not in kinds


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_junit_with_any_text_is_xml_that_reads_back(text: str) -> None:
    rule = Rule(metric=("acc",), not_worse_by=0.1)
    check = Check(text, text, (text, text), rule, "not judged", text)
    result = GateResult(Gate(name=f"g{text}", rules=(rule,)), text, text, (check,))
    (case,) = ElementTree.fromstring(as_junit(result).encode("utf-8"))
    assert case.attrib["classname"] == f"{visible(text)}.{visible(text)}"
    assert case[0].attrib["message"] == visible(text)
    json.loads(as_json(result).encode("utf-8"))
    assert len(as_markdown(result)) < 65_536
