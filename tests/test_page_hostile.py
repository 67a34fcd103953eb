"""What a model wrote changes nothing on the page but its own cell, whatever it wrote."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium, opened, started
from page_run import ITEMS, plain_answers, write_page_run

chromium()
from playwright.sync_api import expect  # noqa: E402 - not where there is no browser

HOSTILE = {
    "a script": "<script>document.title = 'taken'</script>",
    "a handler": '<img src="x" onerror="document.title = \'taken\'"><svg onload=alert(1)>',
    "the end of the data": '</script><script>document.title = "taken"</script><!-- <script>',
    "a style": "<style>* { display: none }</style><link rel=stylesheet href=https://example.org/x.css>",
    "a frame": '<iframe src="https://example.org"></iframe><meta http-equiv=refresh content="0;url=https://example.org">',
    "Markdown": "[click](javascript:alert(1)) ![x](https://example.org/x.png) **bold** | a | b |",
    "a template": "{{ 7 * 7 }} {% raw %} ${alert(1)} `x`",
    "ANSI": "\x1b[2J\x1b[31mred\x1b]8;;https://example.org\x07link\x1b]8;;\x07\x00\x08",
    "an override": "safe \u202eexe.txt \u2066\u2067isolated \u200e\u200f\ufeff",
    "Arabic": "\u0644\u0627 \u064a\u062c\u0648\u0632 \u0630\u0644\u0643",
    "a formula": "=cmd|'/c calc'!A1",
    "a prototype": '__proto__ constructor toString {"__proto__": {"x": 1}}',
    "a lone surrogate": "half \ud83d of a smile \udc00",
    "line separators": "a\u2028b\u2029c\r\nd\re",
    "combining marks": "Z" + "\u0301\u0320\u034b" * 60,
}
LONG = "a long answer " * 75_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started() as found:
        yield found


def with_answers(run: Path, texts: list[str]) -> Path:
    """Puts texts in place of the first stored answers of `sft`, as an answering backend may have left them."""
    file = next(run.glob("artefacts/answers/udhr-sft-*/answers.jsonl"))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for row, text in zip(rows, texts, strict=False):
        row["text"] = text
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return run


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The page of a harmless run, and that of one with hostile answers of the same lengths and the same scores."""
    from harness.api import load_run

    harmless = write_page_run(tmp_path_factory.mktemp("runs") / "harmless")
    texts = [*HOSTILE.values(), LONG]
    hostile = with_answers(Path(shutil.copytree(harmless, harmless.parent / "hostile")), texts)
    with_answers(harmless, ["x" * len(text) for text in texts])
    found = []
    for folder in (harmless, hostile):
        load_run(folder).write_report(())
        found.append(folder / "report.html")
    return found[0], found[1]


def everything_else(page: Any) -> str:
    """The text and the elements of the page, without the item that is open."""
    script = """() => {
        const copy = document.body.cloneNode(true);
        for (const one of copy.querySelectorAll("script, .detail, #making")) one.remove();
        return copy.textContent + [...copy.querySelectorAll("*")].map((one) => one.tagName).join();
    }"""
    return str(page.evaluate(script))


def test_nothing_but_the_cell_differs(browser: Any, pages: tuple[Path, Path]) -> None:
    seen = []
    for file in pages:
        with opened(browser, file) as page:
            seen.append((page.title(), everything_else(page)))
    assert seen[0] == seen[1]


@pytest.fixture(scope="module")
def hostile_page(browser: Any, pages: tuple[Path, Path]) -> Iterator[Any]:
    with opened(browser, pages[1], "#a=sft&b=seed&marks=off") as found:
        yield found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_shown_as_it_is(hostile_page: Any, name: str) -> None:
    item = ITEMS[list(HOSTILE).index(name)]
    hostile_page.evaluate("link => { location.hash = link }", f"#item={item.id}&a=sft&b=seed&marks=off")
    expect(hostile_page.locator(".item-head .id")).to_have_text(item.id)
    cell = hostile_page.locator(".of-pair").first.locator(".text")
    markup = cell.evaluate("e => [...e.querySelectorAll('*')].map((one) => one.tagName + one.className)")
    assert set(markup) <= {"SPANcontrol"}
    assert cell.evaluate("e => e.textContent") == shown(HOSTILE[name])
    assert hostile_page.title() == "harmless – valign"
    assert cell.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"


def shown(text: str) -> str:
    """A text with every character that acts without being seen as its code."""
    acting = {"Cc", "Cf", "Cs"}
    allowed = "\n\t\u00ad\u200c\u200d"
    return "".join(
        f"U+{ord(c):04X}" if unicodedata.category(c) in acting and c not in allowed else c
        for c in text.replace("\r\n", "\n")
    )


def test_an_answer_of_a_megabyte_waits_for_its_button(browser: Any, pages: tuple[Path, Path]) -> None:
    assert len(LONG) > 1_000_000
    with opened(browser, pages[1], f"#item={ITEMS[len(HOSTILE)].id}&a=sft&b=seed") as page:
        cell = page.locator(".of-pair").first.locator(".text")
        assert cell.evaluate("e => e.textContent.length") < 5000
        cell.get_by_role("button").click()
        assert cell.evaluate("e => e.textContent.length") == len(LONG)
        page.keyboard.press("j")
        expect(page.locator(".item-head .id")).to_have_text(ITEMS[len(HOSTILE) + 1].id)


def test_hostile_texts_are_found_exported_and_diffed_like_others(
    browser: Any, pages: tuple[Path, Path], tmp_path: Path
) -> None:
    with opened(browser, pages[1], "#a=sft&b=seed") as page:
        page.get_by_label("Search prompts and answers").fill("</script><script>document.title")
        expect(page.locator(".found")).to_have_text(f"1 item of {len(ITEMS)}")
        assert page.locator(".of-pair mark").count() > 0
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("1")
        with page.expect_download() as download:
            page.get_by_role("button", name="for TRL").click()
        download.value.save_as(tmp_path / "rows.jsonl")
    (row,) = (json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    assert row["chosen"] == HOSTILE["the end of the data"]
    assert row["rejected"] == plain_answers()["seed"][list(HOSTILE).index("the end of the data")]


def test_hostile_names_of_systems_and_documents_stay_text(browser: Any, tmp_path: Path) -> None:
    from harness.api import load_run
    from harness.run.manifest import read_manifest, write_manifest

    folder = write_page_run(tmp_path / "named")
    manifest = read_manifest(folder)
    (document,) = manifest.documents
    title = "</title><script>document.title = 'taken'</script> & \u202e"
    sections = tuple(one.model_copy(update={"title": f"<b>{one.title}</b>"}) for one in document.sections)
    changed = document.model_copy(update={"title": title, "sections": sections})
    labels = dict.fromkeys(manifest.labels, "<img src=x onerror=alert(1)>")
    write_manifest(folder, manifest.model_copy(update={"documents": (changed,), "labels": labels}))
    load_run(folder).write_report(())
    with opened(browser, folder / "report.html") as page:
        assert page.title() == "named – valign"
        assert page.locator("main img, main b").count() == 0
        assert "<img src=x" in page.locator(".results").inner_text()
