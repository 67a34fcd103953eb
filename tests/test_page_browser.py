"""The report page in a real browser: what a reader clicks, types and presses, and what a screen reader finds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium, opened, started
from page_run import ITEMS, plain_answers, write_page_run

from harness.run.reading import read_run

chromium()
from playwright.sync_api import expect  # noqa: E402 - not where there is no browser

Valign = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page_run(tmp_path_factory.mktemp("runs") / "main")


@pytest.fixture(scope="module")
def file(run: Path) -> Path:
    from harness.api import load_run

    load_run(run).write_report()
    return run / "report.html"


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    with opened(browser, file) as found:
        yield found


def count(page: Any) -> int:
    return int(page.locator(".found").inner_text().split()[0])


def pick(page: Any, label: str, option: str) -> None:
    page.locator(".filters").get_by_role("combobox", name=label, exact=True).select_option(option)


def test_the_verdict_stands_in_the_page_before_any_script(browser: Any, file: Path) -> None:
    own = browser.new_context(java_script_enabled=False)
    page = own.new_page()
    page.goto(f"file://{file}")
    assert "sft" in page.locator(".sentences").inner_text()
    assert "tables.md" in page.locator("noscript").inner_text()
    own.close()


def test_the_results_table_sorts_and_the_order_is_a_link(browser: Any, file: Path, page: Any) -> None:
    def figures() -> list[float]:
        return [
            float(one) for one in page.locator(".results tbody:not(.apart) td:nth-child(2) .figure").all_inner_texts()
        ]

    button = page.locator(".results thead").get_by_role("button", name="exact_match")
    button.click()
    assert figures() == sorted(figures(), reverse=True)
    assert page.locator(".results [aria-sort=descending]").count() == 1
    assert page.evaluate("document.activeElement.textContent").startswith("exact_match"), "the focus stays"
    button.click()
    assert figures() == sorted(figures())
    with opened(browser, file, "#order=exact_match%3Adown") as linked:
        assert linked.locator(".results [aria-sort=descending]").inner_text().startswith("exact_match")
    page.locator(".chooser summary").click()
    page.locator(".chooser").get_by_label("ROUGE-1").uncheck()
    assert page.locator(".results thead th").count() == page.locator(".chooser input").count()
    assert page.locator(".chooser[open]").count() == 1


def test_the_papers_rows_stand_apart_and_every_figure_says_its_signature(page: Any) -> None:
    assert "Never ranked" in page.locator(".results .apart .says").inner_text()
    cell = page.locator(".results tbody td").first
    cell.focus()
    assert "exact match|valign|strip:yes" in page.get_by_role("tooltip").inner_text()
    page.keyboard.press("ArrowRight")
    assert "rouge" in page.get_by_role("tooltip").inner_text()
    page.keyboard.press("Escape")
    assert page.get_by_role("tooltip").count() == 0


def test_filters_leave_the_items_that_the_artefacts_say(page: Any, run: Path) -> None:
    (reading,) = read_run(run)[1]
    kinds = [item.kind for item in ITEMS]
    pick(page, "Kind", "scenario")
    assert count(page) == kinds.count("scenario")
    assert "kind=scenario" in page.url
    pick(page, "Kind", "")
    pick(page, "Training", "unseen")
    assert count(page) == sum(not item.seen for item in ITEMS)
    pick(page, "Training", "")
    pick(page, "Section", "article-3")
    assert count(page) == sum(item.section == "article-3" for item in ITEMS)
    page.get_by_role("button", name="Clear all filters").click()
    pick(page, "Score", "exact_match")
    pick(page, "A", "sft")
    pick(page, "B", "seed")
    pick(page, "Difference", "a")
    assert count(page) == sum(n % 2 == 0 and n % 4 > 0 for n in range(len(ITEMS)))
    page.get_by_role("button", name="Clear all filters").click()
    by_item: dict[str, list[str]] = {}
    for verdict in reading.judged["first-or-longer"].verdicts:
        if {verdict.first, verdict.second} == {"sft", "seed"}:
            by_item.setdefault(verdict.item, []).append(verdict.winner)
    page.locator(".filters").get_by_label("Judge disagrees with itself").check()
    assert count(page) == sum(len(set(winners)) > 1 for winners in by_item.values()) > 0
    page.get_by_role("button", name="Clear all filters").click()
    page.locator(".filters").get_by_label("Unscored").check()
    assert count(page) == sum("unparsed" in winners for winners in by_item.values()) > 0


def test_search_finds_words_of_prompts_and_answers(page: Any) -> None:
    page.get_by_label("Search prompts and answers").fill("SFT+RAG cannot article-3")
    found = sum("article-3 " in f"{text} " for text in plain_answers()["sft+rag"])
    assert found > 0
    expect(page.locator(".found")).to_have_text(f"{found} items of {len(ITEMS)}")
    assert page.evaluate("document.activeElement.type") == "search"


def test_an_item_and_its_filters_are_a_link(browser: Any, file: Path) -> None:
    item = next(item for item in ITEMS if item.kind == "fact" and item.section == "article-2")
    with opened(browser, file, f"#at=answers&item={item.id}&kind=fact&a=seed&b=sft%2Brag") as page:
        assert page.locator(".prompt").inner_text() == item.prompt
        assert page.locator(".of-pair h4").all_inner_texts() == ["Aseed", "Bsft+rag"]
        assert count(page) == sum(one.kind == "fact" for one in ITEMS)
        assert page.locator("#answers").evaluate("e => Math.abs(e.getBoundingClientRect().top)") < 120


def test_an_item_shows_all_that_the_run_holds_of_it(browser: Any, file: Path) -> None:
    with opened(browser, file, f"#item={ITEMS[0].id}&a=sft&b=sft%2Brag") as page:
        shown = page.locator(".item")
        assert "everyone has the right" in shown.inner_text()
        assert "Stance of the document: affirms" in shown.inner_text()
        assert f"Gold passage{ITEMS[0].section}.1" in shown.inner_text().replace("\n", "")
        shown.locator("summary").first.click()
        assert shown.locator(".passages .chip").all_inner_texts() == ["miss", "miss"]
        assert "exact_match" in shown.locator(".scores").first.inner_text()
        assert "sft shown first" in shown.locator(".verdicts").inner_text()
        assert shown.locator(".others .answer").count() == 1


def test_a_clause_leads_to_its_failing_answers_and_their_passage(page: Any) -> None:
    page.locator("#clauses").get_by_label("Figure").select_option("exact_match")
    cell = page.get_by_role("button", name="sft, Article 3")
    cell.click()
    failures = page.locator(".failures")
    assert "3 failing answers of 6" in failures.inner_text()
    assert failures.locator(".failure").count() == 3
    assert "Passage:" in failures.locator(".failure").first.inner_text()
    assert cell.get_attribute("aria-expanded") == "true"
    failures.get_by_role("button", name="Read them all side by side").click()
    assert count(page) == 3
    assert page.locator(".prompt").inner_text() in failures.inner_text()
    page.go_back()
    expect(page.locator(".found")).to_have_text(f"{len(ITEMS)} items of {len(ITEMS)}")
    cell.click()
    assert not failures.is_visible()


def test_the_document_reads_beside_its_heat_map(page: Any) -> None:
    section = page.locator(".section", has_text="Article 1:").first
    section.locator("summary").click()
    assert "comes into the world free" in section.locator(".text").inner_text()


def test_keys_step_through_search_and_prefer(page: Any) -> None:
    prompts = [page.locator(".prompt").inner_text()]
    for _ in range(2):
        page.keyboard.press("j")
        expect(page.locator(".prompt")).not_to_have_text(prompts[-1])
        prompts.append(page.locator(".prompt").inner_text())
    page.keyboard.press("k")
    expect(page.locator(".prompt")).to_have_text(prompts[1])
    page.keyboard.press("/")
    page.keyboard.type("j")
    assert page.get_by_label("Search prompts and answers").input_value() == "j"
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_a_readers_preferences_are_what_trl_and_judge_validate_read(
    valign: Valign, browser: Any, file: Path, run: Path, tmp_path: Path
) -> None:
    with opened(browser, file, "#a=sft&b=seed&by=exact_match&differ=a") as page:
        chosen = []
        for key in ("1", "2", "0"):
            chosen.append(page.locator(".item-head .id").inner_text())
            page.keyboard.press(key)
            expect(page.locator(".item-head .id")).not_to_have_text(chosen[-1])
        files = {}
        for name in ("for TRL", "for valign judge validate"):
            with page.expect_download() as started_download:
                page.get_by_role("button", name=name).click()
            files[name] = tmp_path / started_download.value.suggested_filename
            started_download.value.save_as(files[name])
        page.reload()
        page.wait_for_selector("html[data-ready=all]")
        assert "Export 3 preferences for TRL" in page.locator(".filters").inner_text(), "kept in the browser"
    by_id = {item.id: n for n, item in enumerate(ITEMS)}
    answers = plain_answers()
    rows = {row["prompt"]: row for row in map(json.loads, files["for TRL"].read_text().splitlines())}
    assert len(rows) == 2
    first, second = (by_id[one] for one in chosen[:2])
    assert rows[ITEMS[first].prompt]["chosen"] == answers["sft"][first]
    assert rows[ITEMS[second].prompt]["chosen"] == answers["seed"][second]
    labels = files["for valign judge validate"]
    said = valign("judge", "validate", "--human", labels, "--judge", "first-or-longer", "--run", run)
    assert (said.code, said.err) == (0, "")
    assert "3 questions" in said.out


def test_blind_labelling_hides_names_scores_and_verdicts(page: Any) -> None:
    page.locator(".filters").get_by_label("Label blind").check()
    expect(page.locator(".of-pair h4").first).to_have_text("Answer 1")
    shown = page.locator(".item")
    assert shown.locator("h4").all_inner_texts()[-2:] == ["Answer 1", "Answer 2"]
    assert shown.locator(".scores, .verdicts, .others, details").count() == 0


def test_flips_come_first_and_lead_to_the_answers(valign: Valign, browser: Any, run: Path, tmp_path: Path) -> None:
    changed = plain_answers()
    changed["sft"] = [item.reference if n % 3 == 0 else "lost" for n, item in enumerate(ITEMS)]
    candidate = write_page_run(tmp_path / "candidate", changed)
    both = tmp_path / "both.html"
    assert valign("report", run, candidate, "--out", both).code == 0
    before, after = ({n for n in range(len(ITEMS)) if n % every == 0} for every in (2, 3))
    with opened(browser, both) as page:
        titles = page.locator("main > section > h2").all_inner_texts()
        assert titles[0] == "Flips"
        page.locator("#flips").get_by_label("Figure").select_option("exact_match")
        lost = page.get_by_role("button", name=f"right → wrong: {len(before - after)}")
        assert page.get_by_role("button", name=f"wrong → right: {len(after - before)}").count() == 1
        assert "seed · main → candidate: all 48 answers unchanged" in page.locator("#flips").inner_text()
        lost.click()
        assert count(page) == len(before - after)
        assert page.locator(".of-pair h4").all_inner_texts() == ["Asft · main", "Bsft · candidate"]
        assert page.locator(".of-pair").nth(1).locator(".text").inner_text() == "lost"


def test_each_document_has_its_own_figures_items_and_links(browser: Any, run: Path, tmp_path: Path) -> None:
    from harness.api import load_run
    from harness.run.manifest import read_manifest, write_manifest

    two = Path(shutil.copytree(run, tmp_path / "two"))
    manifest = read_manifest(two)
    (first,) = manifest.documents
    second = first.model_copy(update={"name": "second", "title": "Second"})
    recipe = manifest.recipe.model_copy(update={"documents": ["udhr", "second"]})
    write_manifest(two, manifest.model_copy(update={"recipe": recipe, "documents": (first, second)}))
    load_run(two).write_report()
    with opened(browser, two / "report.html") as page:
        page.get_by_role("combobox", name="Document", exact=True).select_option("second")
        expect(page.locator(".clauses thead th").first).to_have_text("Second")
        expect(page.locator(".found")).to_have_text(f"{len(ITEMS)} items of {len(ITEMS)}")
        assert "doc=second" in page.url
        expect(page.locator(".prompt")).to_have_text(ITEMS[0].prompt)
        for _ in range(20):  # the answers may still be unpacking, and a key before them is no preference
            page.keyboard.press("1")
            page.wait_for_timeout(250)
            if "Export 1 preference" in page.locator(".filters").inner_text():
                break
        expect(page.locator(".filters")).to_contain_text("Export 1 preference for TRL")
    with opened(browser, two / "report.html", f"#doc=second&item={ITEMS[3].id}") as page:
        expect(page.locator(".prompt")).to_have_text(ITEMS[3].prompt)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, file: Path, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    size = {"width": width, "height": 900}
    with opened(browser, file, f"#item={ITEMS[0].id}", viewport=size, color_scheme=scheme, bypass_csp=True) as page:
        page.get_by_role("button", name="sft, Article 3").click()
        page.locator(".failures").wait_for()
        found = Axe().run(page).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_theme_is_the_systems_or_the_readers_and_is_kept(browser: Any, file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, file, color_scheme="dark") as page:
        dark = page.evaluate(ground)
        page.get_by_role("button", name="Theme: system").click()
        light = page.evaluate(ground)
        assert light != dark
        page.reload()
        page.wait_for_selector("html[data-ready=all]")
        assert page.evaluate(ground) == light


def test_print_has_the_figures_without_the_controls(page: Any) -> None:
    page.emulate_media(media="print")
    assert page.locator(".results").is_visible()
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".filters").is_visible()
