"""A run's conclusions claim what its tests support and no more, and a command ends on one screen."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from finished import held_out, spoilt, write_run
from rich.console import Console
from rich.text import Text

from harness.report.conclusions import conclusions, rests_on, verdict
from harness.report.ending import LINES, WIDTH, ending, main_table, run_sentences
from harness.report.formats.base import Report
from harness.report.latex import latex
from harness.report.report import read_report
from harness.report.table import Alarm, Table
from harness.run.figures import SystemComparison
from harness.statistics import Estimate, Resampler, items_needed, power
from harness.statistics.values import mean_values

Valign = Callable[..., Any]
ITEMS = held_out(120)
ANSWERS = {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2), "dpo": spoilt(ITEMS, 0.31, 3)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("runs") / "written", ANSWERS)
    manifest = json.loads((folder / "run.json").read_text())
    manifest["recipe"]["comparisons"] = [["sft", "seed"], ["dpo", "sft"], ["seed", "dpo"]]
    manifest["recipe"]["statistics"]["resamples"] = 10_000
    (folder / "run.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def report(run: Path) -> Report:
    return read_report(run)


def changed(report: Report, change: Callable[[SystemComparison], SystemComparison]) -> Report:
    (results,) = report.documents
    return replace(report, documents=(replace(results, tested=tuple(map(change, results.tested))),))


def only(report: Report, *columns: str) -> Report:
    (results,) = report.documents
    tested = tuple(one for one in results.tested if one.column in columns)
    return replace(report, documents=(replace(results, tested=tested),))


def test_each_pair_of_systems_has_one_sentence_with_its_significant_figures(report: Report) -> None:
    higher, open_, lower = verdict(only(report, "rougeL", "bleu"))
    assert higher.startswith("On udhr, sft scores higher than seed: BLEU +")
    assert lower.startswith("On udhr, seed scores lower than dpo: BLEU -")
    assert open_.startswith("On udhr, no difference is shown between dpo and sft, not in BLEU ")
    rouge = next(one for one in report.documents[0].tested if (one.better, one.column) == ("sft", "rougeL"))
    found = rouge.comparison.difference
    assert f"ROUGE-L {found.value:+.3f} [{found.low:.3f}, {found.high:.3f}], Holm p 0.0" in higher


def test_a_difference_is_claimed_only_below_the_corrected_level(report: Report) -> None:
    borderline = changed(only(report, "rougeL"), lambda one: replace(one, p_holm=0.05))
    assert all("no difference is shown" in sentence for sentence in verdict(borderline))
    shown = changed(only(report, "rougeL"), lambda one: replace(one, p_holm=0.0499))
    assert all("scores" in sentence and "no difference" not in sentence for sentence in verdict(shown))


def test_exploratory_comparisons_support_no_sentence(report: Report) -> None:
    exploratory = changed(report, lambda one: replace(one, primary=False, p_holm=math.nan))
    assert verdict(exploratory) == [
        "The recipe names no primary comparison, so nothing is said about which system is better."
    ]
    assert not any("Tests:" in line for line in rests_on(exploratory))
    assert not any("sup" in one for one in latex(exploratory.tables, []).splitlines())


def test_what_is_not_shown_is_never_called_equal(report: Report) -> None:
    nothing = changed(report, lambda one: replace(one, p_holm=1.0))
    for sentence in verdict(nothing):
        assert "no difference is shown" in sentence
        assert not re.search(r"equal|same|as good|identical|scores", sentence)


def test_what_no_item_scores_is_untested(report: Report) -> None:
    untested = changed(only(report, "rougeL"), lambda one: replace(one, p_holm=math.nan))
    assert verdict(untested)[0] == (
        "On udhr, ROUGE-L of sft and seed could not be tested, since no item has a score in both."
    )


def test_a_useless_judge_supports_no_sentence_and_is_named_as_useless(report: Report) -> None:
    (results,) = report.documents
    judge = results.judges["longest"]
    signature = "canary"
    audit = replace(judge.audit, canaries={"constant": Estimate(0.9, 0.8, 1.0, 8, 0, signature)})
    spoiled = replace(results, judges={"longest": replace(judge, audit=audit)})
    useless = replace(report, documents=(spoiled,))
    assert not any("win rate" in sentence for sentence in verdict(useless))
    alarm = next(line for line in conclusions(useless) if "useless" in line)
    assert isinstance(alarm, Alarm)
    assert "On udhr, judge longest is useless: it prefers a constant answer" in alarm
    assert verdict(only(useless, "win_rate[longest]"))[0] == (
        "On udhr, nothing is said about sft and seed: their comparison rests on a judge that its audit calls useless."
    )
    assert any("win rate" in sentence for sentence in verdict(report))


def test_more_items_are_those_that_the_power_needs(report: Report) -> None:
    """Of a true difference as large as the observed one, at the first of Holm's levels."""
    few = only(report, "rougeL")
    one = next(one for one in few.documents[0].tested if one.better == "dpo")
    for size, said in ((one.power.detectable / 2, "more items"), (one.power.detectable / 1000, "more than 100 times")):
        estimate = replace(one.comparison.difference, value=size)
        observed = replace(one, comparison=replace(one.comparison, difference=estimate))
        sentence = verdict(changed(few, lambda other, new=observed: new if other.better == "dpo" else other))[1]
        needed = items_needed(one.power, size, 0.05 / 3)
        assert needed is not None
        assert said in sentence
        assert f"about {needed - one.power.n:,} more items would be needed" in sentence or needed > 100 * one.power.n


def test_the_items_of_the_detectable_difference_are_those_at_hand() -> None:
    a, b = (mean_values([(n * step) % 7 / 7 for n in range(80)], "m") for step in (3, 5))
    found = power(a, b, Resampler(80))
    assert items_needed(found, found.detectable * 1.000001, found.alpha) == 80
    assert items_needed(found, found.detectable / 2, found.alpha) == pytest.approx(4 * 80, rel=0.05)
    assert items_needed(found, found.detectable, found.alpha / 10) > 80
    assert items_needed(power(a, a, Resampler(80)), 0.1, 0.05) is None
    with pytest.raises(ValueError, match="above 0"):
        items_needed(found, 0.0, 0.05)


def test_the_conclusions_name_what_they_rest_on(report: Report) -> None:
    said = "\n".join(rests_on(report))
    for shown in (
        "seed model nobody/nothing", "120 held-out prompts in 20 sections",
        "60 held-out preference pairs", "udge longest",
        "Tests: paired bootstrap of sections, p below 0.05 after Holm's correction over a document's 21 primary",
        "found in 80% of runs at the first of Holm's levels, 0.05/21.",
    ):  # fmt: skip
        assert shown in said


def lines(sentences: list[str], table: Table, places: list[str], width: int = 200) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    for one in ending(sentences, table, places, console, "more"):
        console.print(one, soft_wrap=isinstance(one, Text))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_an_ending_has_30_lines_whatever_is_in_it(report: Report) -> None:
    (results,) = report.documents
    many = replace(report, documents=tuple(replace(results, document=f"document {n}") for n in range(9)))
    path = "/" + "a long folder/" * 20 + "tables.md"
    shown = lines(run_sentences(many), main_table(many), ["0 artefacts made", f"Tables: {path}"])
    assert sum(1 + len(line) // 200 for line in shown) == LINES, "as a terminal of 200 columns breaks them"
    assert f"Tables: {path}" in shown, "a path is not broken, so that it can be copied"
    assert all(len(line.rstrip()) <= WIDTH for line in shown if path not in line)
    assert sum(line.startswith("… the rest of it: more") for line in shown) == 1
    assert any(re.fullmatch(r"… \d+ more rows: more", line) for line in shown)
    alarmed = lines([*run_sentences(many), Alarm("no reader may miss this")], main_table(many), ["p"])
    assert "no reader may miss this" in alarmed
    assert len(alarmed) == LINES
    hostile = Table("t", "a\nb", ("x", "y\nz"), (("q\n" * 50, "\x1b[2J" + "w" * 5000),) * 40)
    assert len(lines([Alarm("no\n" * 99)] * 50, hostile, ["p"])) <= LINES
    wide = Table("t", "t", tuple("abcdefgh"), (("first " * 20, *("0.123 [0.100, 0.200]",) * 7),))
    assert max(len(line.rstrip()) for line in lines(["x"], wide, ["p"])) <= WIDTH


@pytest.mark.parametrize("width", [200, 100, 80, 50])
def test_an_ending_fits_the_terminal(report: Report, width: int) -> None:
    shown = lines(run_sentences(report), main_table(report, min(WIDTH, width)), ["p"], width)
    assert len(shown) <= LINES
    assert max(len(line.rstrip()) for line in shown) <= min(width, WIDTH)
    assert any("0." in line and "[" in line for line in shown[-5:])


def test_report_prints_one_screen_and_in_full_everything(valign: Valign, run: Path) -> None:
    short = valign("report", run)
    assert (short.code, short.err) == (0, "")
    assert len(short.out.splitlines()) <= LINES
    assert "On udhr, sft scores higher than seed" in short.out
    assert str(run / "tables.md") in short.out
    assert "report.html" not in short.out or (run / "report.html").is_file()
    full = valign("report", run, "--full").out
    assert len(full.splitlines()) > 100
    for shown in ("paired comparisons", "audit of judge longest", "answers to one prompt", "Tests: paired bootstrap"):
        assert shown in full


def test_open_opens_the_page_or_says_that_there_is_none(
    valign: Valign, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    said = valign("report", run, "--open")
    if (run / "report.html").is_file():
        assert opened == [(run / "report.html").resolve().as_uri()]
    else:
        assert (said.code, said.err.count("\n"), opened) == (2, 1, [])
        assert "--open: no report.html was written" in said.err


def test_the_page_of_tables_begins_with_the_conclusions(valign: Valign, run: Path, report: Report) -> None:
    assert valign("report", run).code == 0
    page = (run / "tables.md").read_text()
    first = page.split("## ")[0]
    assert all(sentence.split(":")[0] in first for sentence in verdict(report))
    assert json.loads((run / "results.json").read_text())["conclusions"] == conclusions(report)
    for answers in ANSWERS.values():
        assert answers[0][:20] in page or any(text[:20] in page for text in answers)


def test_latex_marks_the_best_and_what_is_shown_to_be_better(run: Path, report: Report) -> None:
    table = latex([report.tables[0]], [])
    rows = [line for line in table.splitlines() if line.endswith(r"\\") and line.startswith(("seed", "sft", "dpo"))]
    assert rows[0].startswith(r"seed\textsuperscript{a} & no & ")
    assert r"\textsuperscript{a}" in rows[1].removeprefix("sft")
    figures = report.documents[0].figures
    best = max(figures, key=lambda name: figures[name]["rougeL"].value)
    value = f"{figures[best]['rougeL'].value:.3f}"
    assert any(row.startswith(best) and f"\\textbf{{{value}}}" in row for row in rows)
    assert "A letter at a figure names the system" in table
    assert "p \\textless{} 0.05 after Holm's correction" in table
    assert "\\documentclass" not in table
    assert "\\usepackage" not in "\n".join(line for line in table.splitlines() if not line.startswith("%"))


def test_a_hostile_run_is_reported_in_every_form(valign: Valign, tmp_path: Path) -> None:
    """Answers, labels and titles as bad as they come; the figures, rows and columns of everything else stay."""
    attack = "[bold]x[/] \x1b[2J <script>x</script> | ` \\ $ & % \u202e \ud800 \x00 =1+1\n# h\n"
    answers = {name: [text + attack * (n == 0) for n, text in enumerate(own)] for name, own in ANSWERS.items()}
    answers["sft"][1] = "y " * 500_000
    folder = write_run(tmp_path / "run", answers)
    manifest = json.loads((folder / "run.json").read_text())
    manifest["recipe"]["comparisons"] = [["sft", "seed"]]
    manifest["labels"] = {"seed": attack, "sft": f"={attack}", "dpo": "DPO"}
    manifest["documents"][0]["title"] = attack
    (folder / "run.json").write_text(json.dumps(manifest))
    for arguments in ([], ["--full"]):
        said = valign("report", folder, *arguments)
        assert (said.code, said.err) == (0, "")
        assert not set("\x1b\x00\u202e\ud800") & set(said.out)
        assert "[bold]x[/]" in said.out
    page = (folder / "tables.md").read_text(encoding="utf-8")
    assert "<script" not in page
    assert len(page) < 100_000
    with (folder / "tables.csv").open(newline="") as file:
        assert {len(row) for row in csv.reader(file)} == {11}
    assert json.loads((folder / "results.json").read_text())["documents"][0]["title"] == attack
    assert "\x1b" not in (folder / "tables.tex").read_text()
