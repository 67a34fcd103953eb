"""What the leaderboard ranks against what: by data, metric signature and judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from entries import Entries, changed, prompts

from harness.leaderboard.boards import Board, boards
from harness.leaderboard.entry import Entry
from harness.leaderboard.packing import pack, unpack
from harness.report.leaderboard.view import tables
from harness.run.figures import document_results
from harness.run.reading import read_run


@pytest.fixture(scope="module")
def one(leaderboard: Entries) -> Entry:
    return leaderboard.one


@pytest.fixture(scope="module")
def two(leaderboard: Entries) -> Entry:
    return leaderboard.two


@pytest.fixture(scope="module")
def other(leaderboard: Entries) -> Entry:
    return leaderboard.other


def ranks(board: Board, column: str) -> dict[str, tuple[int, int] | None]:
    """Every system of the first column of that name with its ranks."""
    cells = next(cells for key, cells in board.columns.items() if key.name == column)
    return {
        row.sources[0].system.name: (cell.rank.low, cell.rank.high) if cell.rank else None
        for row, cell in cells.items()
    }


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


def test_strengths_of_one_run_are_those_of_its_report(leaderboard: Entries, one: Entry) -> None:
    report = document_results(read_run(leaderboard.runs / "one")[1][0]).judges["longest"]
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
