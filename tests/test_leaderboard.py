"""The leaderboard: what an entry must hold, what is ranked against what, and that its pages are what its entries make."""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished import held_out, spoilt, write_run

from harness.leaderboard.boards import Board, boards
from harness.leaderboard.entry import Entry, checksum, entry_text, read_entry
from harness.leaderboard.make import entry_of
from harness.leaderboard.measured import RESAMPLES
from harness.leaderboard.packing import pack, unpack
from harness.report.leaderboard.build import check, pages
from harness.report.leaderboard.html import leaderboard_html
from harness.report.leaderboard.markdown import leaderboard_markdown
from harness.report.leaderboard.view import tables
from harness.run.figures import document_results
from harness.run.manifest import read_manifest, write_manifest
from harness.run.reading import read_run
from valign.errors import InputError

ROOT = Path(__file__).parents[1]
ITEMS = held_out(72)
#: The references with more and more words replaced: the true order of the systems.
ANSWERS = {"best": spoilt(ITEMS, 0.1, 1), "good": spoilt(ITEMS, 0.4, 2), "poor": spoilt(ITEMS, 0.8, 3)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`one` has three systems, `two` shares `good` with it on the same items, `other` shares none."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "one", ANSWERS, ITEMS)
    write_run(folder / "two", {"same": ANSWERS["good"], "new": spoilt(ITEMS, 0.6, 4)}, ITEMS)
    write_run(folder / "other", {"a": spoilt(ITEMS, 0.2, 5), "b": spoilt(ITEMS, 0.5, 6)}, ITEMS)
    for run in folder.iterdir():  # the leaderboard's number of resamples, so that its figures are those of the run
        manifest = read_manifest(run)
        settings = manifest.recipe.statistics.model_copy(update={"resamples": RESAMPLES})
        recipe = manifest.recipe.model_copy(update={"statistics": settings})
        write_manifest(run, manifest.model_copy(update={"recipe": recipe}))
    return folder


@pytest.fixture(scope="module")
def one(runs: Path) -> Entry:
    return entry_of(runs / "one")


@pytest.fixture(scope="module")
def two(runs: Path) -> Entry:
    return entry_of(runs / "two")


@pytest.fixture(scope="module")
def other(runs: Path) -> Entry:
    return entry_of(runs / "other")


@pytest.fixture(scope="module")
def built(runs: Path, one: Entry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one entry and its pages."""
    results = tmp_path_factory.mktemp("results")
    write(results, one)
    for name, text in pages([one]).items():
        (results / name).write_text(text, encoding="utf-8")
    return results


@pytest.fixture
def results(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "results"))


def write(results: Path, entry: Entry) -> Path:
    path = results / "entries" / f"{entry.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(entry_text(entry), encoding="utf-8")
    return path


def changed(entry: Entry, change: Callable[[dict[str, Any]], None]) -> Entry:
    """The entry with something else in its data, and the checksum that fits."""
    data = entry.model_dump(mode="json")
    change(data)
    return Entry.model_validate({**data, "checksum": checksum(data)})


def prompts(data: dict[str, Any]) -> dict[str, Any]:
    """The held-out prompts in an entry's data."""
    found: dict[str, Any] = data["documents"][0]["item_sets"][0]
    return found


def ranks(board: Board, column: str) -> dict[str, tuple[int, int] | None]:
    """Every system of the first column of that name with its ranks."""
    cells = next(cells for key, cells in board.columns.items() if key.name == column)
    return {
        row.sources[0].system.name: (cell.rank.low, cell.rank.high) if cell.rank else None
        for row, cell in cells.items()
    }


# --- what CI checks


def test_the_committed_leaderboard_is_what_its_entries_make(valign: Callable[..., Any]) -> None:
    assert check(ROOT / "results") == len(list((ROOT / "results" / "entries").glob("*.json"))) > 0
    assert valign("leaderboard", "--check", "--results", ROOT / "results").code == 0


def test_an_entry_is_small_and_holds_no_prompt_and_no_answer(runs: Path, one: Entry) -> None:
    text = entry_text(one)
    assert len(text) < 40_000
    for item, answer in zip(ITEMS[:10], ANSWERS["best"], strict=False):
        assert item.prompt not in text
        assert answer not in text
    assert str(runs) not in text


# --- entries


def test_an_entry_has_the_figures_of_its_run_and_is_the_same_each_time(runs: Path, one: Entry) -> None:
    assert entry_of(runs / "one") == one
    results = document_results(read_run(runs / "one")[1][0])
    item_sets = one.documents[0].item_sets
    figures = {column.name: column.figures for item_set in item_sets for column in item_set.columns}
    figures["win_rate[longest]"] = item_sets[0].judges[0].figures
    assert set(figures) == set(results.figures["best"])
    for column, of_systems in figures.items():
        for system, figure in of_systems.items():
            ours = results.figures[system][column]
            assert (figure.value, figure.low, figure.high) == pytest.approx((ours.value, ours.low, ours.high), abs=2e-6)
            assert (figure.n, figure.n_unscored) == (ours.n, ours.n_unscored)


def test_add_writes_the_entry_and_the_pages_and_refuses_another_of_its_name(
    valign: Callable[..., Any], runs: Path, tmp_path: Path
) -> None:
    at = ("--results", tmp_path)
    result = valign("leaderboard", "add", runs / "one", "--label", "First try", *at)
    assert (result.code, result.err) == (0, "")
    assert read_entry(tmp_path / "entries" / "one.json").label == "First try"
    assert "First try" in (tmp_path / "leaderboard.md").read_text(encoding="utf-8")
    assert valign("leaderboard", "--check", *at).code == 0
    assert valign("leaderboard", "add", runs / "one", "--label", "First try", *at).code == 0, "the same again"
    result = valign("leaderboard", "add", runs / "two", "--name", "one", *at)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "one.json: another entry of this name is there; choose --name, or --replace it" in result.err
    assert valign("leaderboard", "add", runs / "two", "--name", "one", "--replace", *at).code == 0
    assert valign("leaderboard", "--check", *at).code == 0


def test_an_empty_folder_and_an_unfinished_run_are_named(valign: Callable[..., Any], runs: Path, tmp_path: Path) -> None:
    result = valign("leaderboard", "--results", tmp_path)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "no entry; add one: valign leaderboard add RUN" in result.err
    assert "expected a run folder" in valign("leaderboard", "add", tmp_path, "--results", tmp_path).err
    assert not (tmp_path / "entries").exists()


def better_bleu(data: dict[str, Any]) -> None:
    prompts(data)["columns"][0]["figures"]["poor"]["value"] += 10


def narrower(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["figures"]["best"]["low"] += 0.001


def more_wins(data: dict[str, Any]) -> None:
    prompts(data)["judges"][0]["figures"]["poor"]["value"] += 0.01


def fewer_unscored(data: dict[str, Any]) -> None:
    prompts(data)["columns"][0]["figures"]["best"]["n"] += 1


def other_values(data: dict[str, Any]) -> None:
    values = prompts(data)["columns"][1]["values"]
    values["poor"] = values["best"]


def other_aggregate(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["aggregate"] = "bleu"


def a_bomb(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["values"]["best"] = base64.b64encode(zlib.compress(bytes(10_000_000))).decode()


def cut_values(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["values"]["best"] = pack(np.zeros((71, 1)))


def no_values(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["values"]["best"] = "%%%"


def infinite(data: dict[str, Any]) -> None:
    prompts(data)["columns"][1]["values"]["best"] = pack(np.full((72, 1), np.inf))


def share_of_two(data: dict[str, Any]) -> None:
    prompts(data)["judges"][0]["contests"][0]["gained"] = pack(np.full((72, 2), 2.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (better_bleu, "one, udhr, bleu of poor: value is"),
        (narrower, "rouge1 of best: low is"),
        (more_wins, "win rate by longest of poor: value is"),
        (fewer_unscored, "bleu of best: n is 73, but the entry's values make it 72"),
        (other_values, "rouge1 of poor: value is"),
        (other_aggregate, "values are not the statistics of their aggregate"),
        (a_bomb, "rouge1 of best: expected 72 × 1 values"),
        (cut_values, "rouge1 of best: expected 72 × 1 values"),
        (no_values, "rouge1 of best: no packed values"),
        (infinite, "rouge1 of best: holds an infinite value"),
        (share_of_two, "judge longest: a share is outside [0, 1]"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_an_entry_edited_by_hand_is_refused_with_and_without_a_new_checksum(
    one: Entry, results: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    edited = changed(one, change)
    write(results, edited.model_copy(update={"checksum": one.checksum}))
    with pytest.raises(InputError, match="changed by hand"):
        check(results)
    write(results, edited)
    with pytest.raises(InputError) as refused:
        check(results)
    assert message in str(refused.value)


def extra_key(data: dict[str, Any]) -> None:
    data["note"] = "trust me"


def newer_format(data: dict[str, Any]) -> None:
    data["format"] = 2


def a_system_less(data: dict[str, Any]) -> None:
    del prompts(data)["columns"][0]["values"]["poor"]


def of_nobody(data: dict[str, Any]) -> None:
    prompts(data)["judges"][0]["contests"][0]["second"] = "nobody"


def turned_text(data: dict[str, Any]) -> None:
    data["label"] = "safe\u202egnp"


def two_lines(data: dict[str, Any]) -> None:
    data["systems"][0]["label"] = "a\n| forged | row |"


def an_item_twice(data: dict[str, Any]) -> None:
    ids = prompts(data)["items"]["ids"]
    ids[1] = ids[0]


def not_a_number(data: dict[str, Any]) -> None:
    prompts(data)["columns"][0]["figures"]["poor"]["value"] = float("nan")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (extra_key, "unknown key 'note'"),
        (newer_format, "format 2; this version reads 1: add the run again"),
        (a_system_less, "column bleu: values: expected one for each of best, good, poor"),
        (of_nobody, "a contest is not between two systems"),
        (turned_text, "label: 'safe\\u202egnp': expected one line of printable characters"),
        (two_lines, "expected one line of printable characters"),
        (an_item_twice, "an id stands twice"),
        (not_a_number, "Input should be a finite number"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_broken_entry_is_refused_in_one_line(
    valign: Callable[..., Any], one: Entry, results: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    data = one.model_dump(mode="json")
    change(data)
    (results / "entries" / "one.json").write_text(json.dumps(data), encoding="utf-8")
    result = valign("leaderboard", "--check", "--results", results)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "one.json: " in result.err
    assert message in result.err


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"format": 1, "format": 1}'])
def test_a_file_that_is_no_entry_is_refused(results: Path, text: str) -> None:
    (results / "entries" / "one.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"one\.json: "):
        check(results)


def test_another_layout_or_another_file_name_is_refused(one: Entry, results: Path) -> None:
    path = results / "entries" / "one.json"
    path.write_text(json.dumps(one.model_dump(mode="json")), encoding="utf-8")
    with pytest.raises(InputError, match="changed by hand"):
        check(results)
    path.unlink()
    (results / "entries" / "first.json").write_text(entry_text(one), encoding="utf-8")
    with pytest.raises(InputError, match="the entry is named 'one'; expected the file's name"):
        check(results)


@pytest.mark.parametrize("page", ["leaderboard.md", "leaderboard.html"])
def test_a_page_that_the_entries_do_not_make_is_refused(results: Path, page: str) -> None:
    path = results / page
    path.write_text(path.read_text(encoding="utf-8").replace("best", "BEST"), encoding="utf-8")
    with pytest.raises(InputError, match=f"{page}: not what the entries make; run valign leaderboard"):
        check(results)
    path.unlink()
    with pytest.raises(InputError, match=f"{page}: not what the entries make"):
        check(results)


def test_packed_values_come_back_to_seven_digits() -> None:
    values = np.array([[1.0, 0.1], [np.nan, 12345678.0], [0.0, 1e-30]])
    back = unpack(pack(values), 3, 2, "here")
    assert np.allclose(back, values, rtol=1e-7, equal_nan=True)
    assert pack(back) == pack(values)


# --- what is ranked against what


def test_a_clear_order_gets_a_rank_each(one: Entry) -> None:
    (board,) = boards([one])
    assert ranks(board, "rouge1") == {"best": (1, 1), "good": (2, 2), "poor": (3, 3)}
    assert [row.sources[0].system.name for row in board.rows] == ["best", "good", "poor"]


def test_runs_on_the_same_items_share_a_board_and_the_same_answers_a_row(one: Entry, two: Entry) -> None:
    (board,) = boards([two, one])
    assert ranks(board, "rouge1") == {"best": (1, 1), "good": (2, 2), "new": (3, 3), "poor": (4, 4)}
    shared = next(row for row in board.rows if len(row.sources) > 1)
    assert [(source.entry, source.system.name) for source in shared.sources] == [("one", "good"), ("two", "same")]


def test_the_order_of_entries_and_of_their_items_changes_no_rank(one: Entry, two: Entry) -> None:
    def turn(data: dict[str, Any]) -> None:
        data["name"] = "turned"
        item_set = prompts(data)
        for name in ("ids", "contents", "sections"):
            item_set["items"][name] = item_set["items"][name][::-1]
        for column in item_set["columns"]:
            for system, text in column["values"].items():
                column["values"][system] = pack(unpack(text, 72, column["width"], "")[::-1])
        for contest in item_set["judges"][0]["contests"]:
            contest["gained"] = pack(unpack(contest["gained"], 72, 2, "")[::-1])

    (board,), (again,) = boards([one, two]), boards([one, changed(two, turn)])
    assert board.data == again.data
    for (_, cells), (_, turned) in zip(board.columns.items(), again.columns.items(), strict=True):
        assert [cell.rank for cell in cells.values()] == [cell.rank for cell in turned.values()]
    (judged,), (judged_again,) = board.judges, again.judges
    assert [one.strength for one in judged.rows] == [one.strength for one in judged_again.rows]


@pytest.mark.parametrize("part", ["contents", "ids", "sections"])
def test_rows_on_other_data_are_on_another_board(one: Entry, two: Entry, part: str) -> None:
    def change(data: dict[str, Any]) -> None:
        prompts(data)["items"][part][0] = "0" * 16

    found = boards([one, changed(two, change)])
    assert [len(board.rows) for board in found] == [3, 2] or [len(board.rows) for board in found] == [2, 3]
    for board in found:
        assert {source.entry for row in board.rows for source in row.sources} in ({"one"}, {"two"})


def test_figures_measured_differently_are_in_columns_of_their_own(one: Entry, two: Entry) -> None:
    def newer(data: dict[str, Any]) -> None:
        prompts(data)["columns"][1]["signature"] += "|version:99"

    (board,) = boards([one, changed(two, newer)])
    keys = [key for key in board.columns if key.name == "rouge1"]
    assert [len(board.columns[key]) for key in keys] == [3, 2]
    assert {cell.rank.high for cell in board.columns[keys[0]].values() if cell.rank} == {1, 2, 3}
    assert {cell.rank.high for cell in board.columns[keys[1]].values() if cell.rank} == {1, 2}
    (table, *_) = tables([board])
    assert {"ROUGE-1 (1)", "ROUGE-1 (2)"} <= {head.text for head in table.columns}
    missing = [row.cells[[h.text for h in table.columns].index("ROUGE-1 (2)")].text for row in table.rows]
    assert missing.count("–") == 2, "best and poor have no figure there"


def test_unscored_items_few_sections_and_figures_without_a_direction_are_not_ranked(one: Entry) -> None:
    def unscored(data: dict[str, Any]) -> None:
        column = prompts(data)["columns"][1]
        values = unpack(column["values"]["best"], 72, 1, "")
        values[:4] = np.nan
        column["values"]["best"] = pack(values)
        column["figures"]["best"] |= {"n": 68, "n_unscored": 4}

    (board,) = boards([changed(one, unscored)])
    assert ranks(board, "rouge1") == {"best": None, "good": (1, 1), "poor": (2, 2)}
    assert "rouge1" not in str(tables([board])[0].notes)
    assert "ROUGE-1: no ranks for best (one): more than 5% of the items are unscored." in tables([board])[0].notes

    def few(data: dict[str, Any]) -> None:
        items = prompts(data)["items"]
        items["sections"] = [str(at % 9) for at in range(72)]

    (board,) = boards([changed(one, few)])
    assert set(ranks(board, "rouge1").values()) == {None}
    assert board.judges[0].reason == "fewer than 10 sections"

    def no_direction(data: dict[str, Any]) -> None:
        prompts(data)["columns"][1]["better"] = "neither"

    (board,) = boards([changed(one, no_direction)])
    assert set(ranks(board, "rouge1").values()) == {None}


def test_where_lower_is_better_the_order_turns(one: Entry) -> None:
    def lower(data: dict[str, Any]) -> None:
        prompts(data)["columns"][1]["better"] = "lower"

    assert ranks(boards([changed(one, lower)])[0], "rouge1") == {"best": (3, 3), "good": (2, 2), "poor": (1, 1)}


def test_a_metric_says_which_of_its_figures_are_better() -> None:
    from harness.metrics.base import METRICS

    assert METRICS.find("length_ratio").better == "neither"
    assert METRICS.find("bleu").better == "higher"


# --- judges


def test_strengths_of_one_run_are_those_of_its_report(runs: Path, one: Entry) -> None:
    report = document_results(read_run(runs / "one")[1][0]).judges["longest"]
    (judged,) = boards([one])[0].judges
    for row in judged.rows:
        ours = report.strengths[row.row.sources[0].system.name]
        assert (row.strength.value, row.strength.low, row.strength.high) == pytest.approx(
            (ours.value, ours.low, ours.high), abs=2e-6
        )
        assert row.win_rate.value == pytest.approx(report.wins[row.row.sources[0].system.name].value, abs=1e-6)


def test_runs_that_share_a_judge_and_a_system_are_ranked_together(one: Entry, two: Entry, other: Entry) -> None:
    (board,) = boards([one, two, other])
    names = [sorted(row.row.sources[0].system.name for row in judged.rows) for judged in board.judges]
    assert sorted(names) == [["a", "b"], ["best", "good", "new", "poor"]], "no verdict connects the third run"
    for judged in board.judges:
        assert sum(row.strength.value or 0 for row in judged.rows) == pytest.approx(1, abs=1e-5)


def test_another_judge_is_never_ranked_with_it_and_a_useless_one_not_at_all(one: Entry, two: Entry) -> None:
    def another(data: dict[str, Any]) -> None:
        prompts(data)["judges"][0]["identity"] = "f" * 16

    (board,) = boards([one, changed(two, another)])
    assert sorted(len(judged.rows) for judged in board.judges) == [2, 3]

    def without_alarms(data: dict[str, Any]) -> None:
        prompts(data)["judges"][0]["alarms"] = []

    def with_alarm(data: dict[str, Any]) -> None:
        prompts(data)["judges"][0]["alarms"] = ["Judge longest is useless: it prefers a constant answer."]

    (trusted,) = boards([changed(one, without_alarms), changed(two, without_alarms)])[0].judges
    assert all(row.rank for row in trusted.rows)
    (useless,) = boards([changed(one, without_alarms), changed(two, with_alarm)])[0].judges
    assert [row.rank for row in useless.rows] == [None] * 4
    assert useless.reason == "its audit calls the verdicts useless"


# --- pages

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> | **b** `c` [x](javascript:alert(3)) @me =1+1 https://x.y"


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
    import hashlib

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
        assert [row[0].get("scope") for row in table.findall(".//tbody/tr")] == ["row"] * len(table.findall(".//tbody/tr"))
        assert len({len(row) for row in table.iter("tr")}) == 1
        region = table.getparent()
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert region.get("aria-label")


def test_hostile_text_stays_text_in_markdown(hostile: list[Board]) -> None:
    from markdown_it import MarkdownIt

    text = leaderboard_markdown(tables(hostile), "heading", [])
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_inline", "em_open"}
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    assert HOSTILE in shown, "a cell shows the label as it is"
    assert "@" not in text
    assert "\\://" in text


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
