"""The leaderboard's entries: what one holds, that none can be edited by hand, and that the pages are what they make."""

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
from entries import ANSWERS, ITEMS, Entries, changed, prompts, write_entry

from harness.leaderboard.entry import Entry, entry_text, read_entry
from harness.leaderboard.make import entry_of
from harness.leaderboard.packing import pack, unpack
from harness.report.leaderboard.build import check, pages
from harness.run.figures import document_results
from harness.run.reading import read_run
from valign.errors import InputError

ROOT = Path(__file__).parents[1]


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


@pytest.fixture
def results(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "results"))


def test_the_committed_leaderboard_is_what_its_entries_make(valign: Callable[..., Any]) -> None:
    entries = len(list((ROOT / "results" / "entries").glob("*.json")))
    result = valign("leaderboard", "--check", "--results", ROOT / "results")
    assert (result.code, result.err) == (0, "")
    assert f"results: {entries} entries and the pages they make are as they should be" in result.out


def test_an_entry_is_small_and_holds_no_prompt_and_no_answer(leaderboard: Entries, one: Entry) -> None:
    text = entry_text(one)
    assert len(text) < 40_000
    for item, answer in zip(ITEMS[:10], ANSWERS["best"], strict=False):
        assert item.prompt not in text
        assert answer not in text
    assert str(leaderboard.runs) not in text


def test_an_entry_has_the_figures_of_its_run_and_is_the_same_each_time(leaderboard: Entries, one: Entry) -> None:
    assert entry_of(leaderboard.runs / "one") == one
    results = document_results(read_run(leaderboard.runs / "one")[1][0])
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
    valign: Callable[..., Any], leaderboard: Entries, tmp_path: Path
) -> None:
    at = ("--results", tmp_path)
    result = valign("leaderboard", "add", leaderboard.runs / "one", "--label", "First try", *at)
    assert (result.code, result.err) == (0, "")
    assert read_entry(tmp_path / "entries" / "one.json").label == "First try"
    assert "First try" in (tmp_path / "leaderboard.md").read_text(encoding="utf-8")
    assert valign("leaderboard", "--check", *at).code == 0
    assert valign("leaderboard", "add", leaderboard.runs / "one", "--label", "First try", *at).code == 0
    result = valign("leaderboard", "add", leaderboard.runs / "two", "--name", "one", *at)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "one.json: another entry of this name is there; choose --name, or --replace it" in result.err
    assert valign("leaderboard", "add", leaderboard.runs / "two", "--name", "one", "--replace", *at).code == 0
    assert valign("leaderboard", "--check", *at).code == 0


def test_an_empty_folder_and_a_folder_without_a_run_are_named(valign: Callable[..., Any], tmp_path: Path) -> None:
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
    write_entry(results, edited.model_copy(update={"checksum": one.checksum}))
    with pytest.raises(InputError, match="changed by hand"):
        check(results)
    write_entry(results, edited)
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


def a_contest_twice(data: dict[str, Any]) -> None:
    contests = prompts(data)["judges"][0]["contests"]
    contests.append({**contests[0], "first": contests[0]["second"], "second": contests[0]["first"]})


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
        (a_contest_twice, "contests of longest: one stands twice"),
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
