"""The leaderboard's pages: hostile text stays text, nothing is asked for, ties are ties, the paper is set apart."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from entries import Entries, changed, prompts, write_entry

from harness.leaderboard.boards import Board, boards
from harness.leaderboard.entry import Entry
from harness.report.leaderboard.build import pages
from harness.report.leaderboard.html import leaderboard_html
from harness.report.leaderboard.markdown import leaderboard_markdown
from harness.report.leaderboard.view import tables

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> | **b** `c` [x](javascript:alert(3)) @me "
    "=1+1 https://x.y www.x.y"
)


@pytest.fixture(scope="module")
def one(leaderboard: Entries) -> Entry:
    return leaderboard.one


@pytest.fixture(scope="module")
def built(one: Entry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one entry and its pages."""
    results = tmp_path_factory.mktemp("results")
    write_entry(results, one)
    for name, text in pages([one]).items():
        (results / name).write_text(text, encoding="utf-8")
    return results


@pytest.fixture(scope="module")
def hostile(one: Entry) -> list[Board]:
    def spoil(data: dict[str, Any]) -> None:
        data["label"] = HOSTILE
        data["systems"][0]["label"] = HOSTILE
        data["documents"][0]["title"] = HOSTILE
        prompts(data)["columns"][0]["signature"] = HOSTILE
        prompts(data)["judges"][0]["alarms"] = [HOSTILE]

    return boards([changed(one, spoil)])


def test_hostile_text_stays_text_on_the_page(hostile: list[Board]) -> None:
    from lxml import html

    page = html.document_fromstring(leaderboard_html(tables(hostile), "heading", [HOSTILE]))
    assert len(page.findall(".//script")) == 1
    assert not page.findall(".//img")
    assert not [name for node in page.iter() for name in node.attrib if name.startswith("on") or name == "style"]
    assert {link.get("href")[0] for link in page.iter("a")} == {"#"}
    assert HOSTILE in [node.text for node in page.iter("span", "p", "td")]
    (policy,) = (node.get("content") for node in page.iter("meta") if node.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_policy_admits_the_page_s_own_style_and_script_and_the_page_asks_for_nothing(built: Path) -> None:
    from lxml import html

    text = (built / "leaderboard.html").read_text(encoding="utf-8")
    page = html.document_fromstring(text)
    (policy,) = (node.get("content") for node in page.iter("meta") if node.get("http-equiv"))
    for node in (page.find(".//style"), page.find(".//script")):
        digest = base64.b64encode(hashlib.sha256(node.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not [node for node in page.iter() if node.get("src") or node.tag == "link"]
    assert "http" not in text.replace("http-equiv", "").replace("https://www.w3.org", "")
    assert len(text) < 100_000


def test_the_page_s_tables_have_headings_for_rows_and_columns_and_names_for_regions(built: Path) -> None:
    from lxml import html

    page = html.document_fromstring((built / "leaderboard.html").read_text(encoding="utf-8"))
    assert page.get("lang") == "en"
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    for table in page.iter("table"):
        assert {node.get("scope") for node in table.findall(".//thead//th")} == {"col"}
        assert {row[0].get("scope") for row in table.findall(".//tbody/tr")} == {"row"}
        assert len({len(row) for row in table.iter("tr")}) == 1
        region = table.getparent()
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert region.get("aria-label")


def test_hostile_text_stays_text_in_markdown(hostile: list[Board]) -> None:
    from markdown_it import MarkdownIt

    text = leaderboard_markdown(tables(hostile), "heading", [])
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_block", "code_inline", "em_open"}
    cells = [token.children or () for token in tokens if token.type == "inline"]
    marks = {child.content for cell in cells for child in cell if child.type == "html_inline"}
    assert marks <= {"<!-- -->", "<span>", "</span>"}, "nothing but what keeps words apart"
    shown = ["".join(child.content for child in cell if child.type != "html_inline") for cell in cells]
    assert HOSTILE in shown, "a cell shows the label as it is"


def test_reported_rows_are_set_apart_and_have_no_rank(one: Entry) -> None:
    shown = tables(boards([one]))
    reported = [table for table in shown if table.reported]
    assert [table.title for table in reported] == ["udhr: reported by Padhi et al. (2024)"]
    assert shown[-1] is reported[0]
    assert {cell.rank for row in reported[0].rows for cell in row.cells} == {""}
    assert len(reported[0].rows) == 5
    assert not [row for table in shown if not table.reported for row in table.rows if "reported" in row.label]


def test_ties_are_shown_as_ties_and_nothing_is_bold_where_nothing_is_told_apart(one: Entry) -> None:
    def tie(data: dict[str, Any]) -> None:
        column = prompts(data)["columns"][1]
        for name in ("values", "figures"):
            column[name]["good"] = column[name]["best"]
        column = prompts(data)["columns"][2]
        for name in ("values", "figures"):
            column[name] = dict.fromkeys(column[name], column[name]["best"])

    (table, *_) = tables(boards([changed(one, tie)]))
    columns = [head.text for head in table.columns]
    some, every = ([row.cells[columns.index(name)] for row in table.rows] for name in ("ROUGE-1", "ROUGE-2"))
    assert [(cell.rank, cell.first) for cell in some] == [("1–2", True), ("1–2", True), ("3", False)]
    assert [(cell.rank, cell.first) for cell in every] == [("1–3", False)] * 3
