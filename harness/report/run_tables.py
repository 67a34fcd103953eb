"""The tables of a run: results in the paper's layout, paired tests, and memorisation against generalisation."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.recipe.recipe import Recipe
from harness.report.columns import HIDDEN, heading, is_known, scale, scaled, shown
from harness.report.decisions import is_shown, is_useless, level
from harness.report.judges import judge_tables, summary
from harness.report.preference_tables import floors, value_tables, where_there
from harness.report.retrieval import retrieval_table
from harness.report.table import Emphasis, Table
from harness.run.columns import CONTRAST, PREFERENCE, judge_of
from harness.run.figures import DocumentResults
from harness.stages.checkpoint import prompting
from harness.statistics import Estimate

_DIAGNOSTIC = ("section_hit", PREFERENCE, CONTRAST)
#: What marks a system in a printed table.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_REFERENCE = Path("results") / "reference" / "padhi2024.json"
_PAPER_COLUMNS = ("bleu", "rouge1", "rouge2", "rougeL", "rougeLsum", "bertscore_f1", "win_rate")


def tables_of(recipe: Recipe, documents: Sequence[DocumentResults]) -> list[Table]:
    """Every table of a run, document by document."""
    return [
        table
        for one in documents
        for table in (
            _results(recipe, one), *seed_tables(recipe, one), _tests(one),
            *([_generalisation(one)] if any(one.unseen.values()) else []), *value_tables(one), retrieval_table(one),
            *judge_tables(one.document, one.judges),
        )
        if table
    ]  # fmt: skip


def _results(recipe: Recipe, results: DocumentResults) -> Table:
    columns = [c for c in results.columns if c not in (*_DIAGNOSTIC, *HIDDEN)]
    rows = [
        (
            results.labels[s.name],
            "yes" if s.retrieval else "no",
            *(shown(c, results.figures[s.name].get(c)) for c in columns),
        )
        for s in results.systems
    ]
    ours = len(rows)
    rows += [
        (
            f"{results.labels[row]} (reference row)",
            "–",
            *("" if judge_of(c) else shown(c, figures["all"].get(c)) for c in columns),
        )
        for row, figures in results.copies.items()
    ]
    copied = len(rows)
    rows += reported_rows(results.document, columns)
    notes = [
        f"{results.n_items} held-out prompts{f' in {results.n_sections} sections' if results.n_sections else ''}; "
        "intervals are "
        f"{recipe.statistics.confidence:.0%}, {recipe.statistics.resamples:,} bootstrap resamples of "
        f"{'whole sections' if recipe.statistics.clusters == 'section' else 'items'}."
    ]
    notes += seed_notes(recipe, results)
    for report in results.judges.values():
        notes += summary(report)
    cut = {name: count for name, count in results.cut.items() if count}
    if cut:
        counts = ", ".join(f"{name} {count}" for name, count in cut.items())
        notes.append(f"Prompts that did not fit into the model's context and lost their beginning: {counts}.")
    if results.copies:
        notes.append(
            "Reference rows are copied, written by no model and ranked with none; they show what a metric rewards: the "
            "best sentence of the right paragraph by ROUGE-L, and the answer to the most similar training prompt."
        )
    if len(rows) > copied:
        notes.append("Rows marked 'reported' are the paper's: other data, models and judge; never ranked against ours.")
    header = ("Model", "RAG", *(heading(c) for c in columns))
    return Table(
        f"{results.document}-systems", f"{results.document}: {results.title}", header, tuple(rows), tuple(notes),
        ours if len(rows) > ours else None, _emphasis(recipe, results, columns),
    )  # fmt: skip


def _emphasis(recipe: Recipe, results: DocumentResults, columns: Sequence[str]) -> Emphasis:
    """The best of each column whose larger values are better, and what is shown to be better than what."""
    names = [system.name for system in results.systems]
    best = set()
    for at, column in enumerate(columns, 2):
        found = [results.figures[name].get(column) for name in names]
        values = {row: one.value for row, one in enumerate(found) if one is not None}
        if (is_known(column) or judge_of(column)) and not is_useless(results, column):
            highest = max((value for value in values.values() if not math.isnan(value)), default=math.nan)
            best |= {(row, at) for row, value in values.items() if value == highest}
    better: dict[tuple[int, int], list[str]] = {}
    for one in results.tested:
        if one.column in columns and is_shown(recipe, one) and not is_useless(results, one.column):
            won = one.comparison.difference.value > 0
            winner, loser = (one.better, one.worse) if won else (one.worse, one.better)
            better.setdefault((names.index(winner), 2 + columns.index(one.column)), []).append(loser)
    beaten = [name for name in names if any(name in losers for losers in better.values())]
    letters = dict(zip(beaten, _LETTERS, strict=False))
    marks = {cell: ",".join(sorted(letters.get(one, "") for one in losers)) for cell, losers in better.items()}
    marks |= {(names.index(name), 0): letter for name, letter in letters.items()}
    note = "Bold: the highest of ours, shown to differ or not."
    if letters:
        note += (
            " A letter at a figure names the system, by the letter at its name, than which it is shown to be better "
            f"(paired bootstrap, p < {level(recipe):.2g} after Holm's correction over the primary comparisons)."
        )
    return Emphasis(frozenset(best), marks, note)


def reported_rows(document: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The paper's rows on the document of that name, in our columns."""
    reported = read_reference()
    rows = []
    for row in reported.get(document, []):
        values = dict(zip(reported["columns"], row["values"], strict=True))
        cells = []
        for column in columns:
            key = "win_rate" if judge_of(column) else column
            if key not in _PAPER_COLUMNS:
                cells.append("")
            elif key == "win_rate":
                cells.append(f"{values[key]:.3f} ± {values['win_rate_pm']:.2f}")
            else:
                cells.append(f"{values[key]:.{scale(key)[1]}f}")
        label = {"c-fine-tuned": "c-fine-tuned", "sft": "SFT", "dpo": "DPO"}[row["method"]]
        rows.append((f"{label} (reported, other data and models)", "yes" if row["rag"] else "no", *cells))
    return rows


def read_reference() -> dict[str, Any]:
    """The paper's figures."""
    path = Path(__file__).resolve().parents[2] / _REFERENCE
    if not path.is_file():
        return {"columns": []}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _tests(results: DocumentResults) -> Table:
    """The primary comparisons, then the exploratory ones."""
    rows = []
    for one in sorted(results.tested, key=lambda tested: not tested.primary):
        if one.column in HIDDEN:
            continue
        detectable = scaled(one.column, one.power.detectable)
        corrected = p_value(one.p_holm) if one.primary else "exploratory"
        figures = (*map(p_value, (one.comparison.p_bootstrap, one.comparison.p_randomisation)), corrected, detectable)
        rows.append(
            (f"{one.better} − {one.worse}", heading(one.column), shown(one.column, one.comparison.difference), *figures)
        )
    primary = sum(one.primary for one in results.tested)
    notes = (
        "Differences on the same items with the same resamples. p: paired bootstrap; p (random.): approximate "
        f"randomisation; p (Holm): the first, corrected over the {primary} primary comparisons (`primary` in the "
        "recipe). The others are exploratory: of 20 of them one has p < 0.05 by chance.",
        "Detectable: the smallest true difference that this many items and training seeds would show in 80% of runs.",
    )
    header = ("Systems", "Figure", "Difference", "p", "p (random.)", "p (Holm)", "Detectable")
    return Table(f"{results.document}-tests", f"{results.document}: paired comparisons", header, tuple(rows), notes)


def seed_notes(recipe: Recipe, results: DocumentResults) -> list[str]:
    """What the rows say of other training runs."""
    by_count: dict[int, list[str]] = {}
    for system in results.systems:
        seeds = [] if prompting(recipe, system.method) else recipe.seeds_of(system)
        by_count.setdefault(len(seeds), []).append(system.name)
    notes = []
    for count in sorted(set(by_count) - {0, 1}, reverse=True):
        few = " Two seeds say little: such intervals are too narrow." if count == 2 else ""
        notes.append(
            f"{', '.join(by_count[count])}: the mean of {count} training seeds; the interval holds the items and what "
            f"the trainings differ by.{few}"
        )
    if one := by_count.get(1):
        notes.append(
            f"One training seed: {', '.join(one)}. Another training gives another figure, which the interval does not "
            "hold; seeds in a recipe's method train more."
        )
    return notes


def seed_tables(recipe: Recipe, results: DocumentResults) -> list[Table]:
    """The figures of each training seed and their standard deviation; no table where no system has several."""
    systems = [(system, [one.name for one in recipe.replicas_of(system)]) for system in results.systems]
    several = [(system, replicas) for system, replicas in systems if len(replicas) > 1]
    if not several:
        return []
    columns = [c for c in results.by_seed[several[0][1][0]] if c not in HIDDEN]
    rows = []
    for system, replicas in several:
        figures = [results.by_seed[replica] for replica in replicas]
        for replica, one in zip(replicas, figures, strict=True):
            rows.append((replica, "yes" if system.retrieval else "no", *(shown(c, one.get(c)) for c in columns)))
        deviations = [_deviation(c, [one[c].value for one in figures if c in one]) for c in columns]
        rows.append((f"{system.name}: standard deviation", "", *deviations))
    note = "Each seed's interval holds the items alone. The standard deviation is that of the seeds' figures."
    header = ("System @ seed", "RAG", *(heading(c) for c in columns))
    title = f"{results.document}: training seeds one by one"
    return [Table(f"{results.document}-seeds", title, header, tuple(rows), (note,))]


def _deviation(column: str, values: Sequence[float]) -> str:
    return scaled(column, statistics.stdev(values)) if len(values) > 1 else ""


def p_value(value: float) -> str:
    """A p-value with three decimals, `<0.001` below that."""
    if math.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _generalisation(results: DocumentResults) -> Table:
    """Diagnostic figures on seen and unseen sections: a system that memorises training answers falls on unseen ones."""
    hit = "section_hit" if "section_hit" in results.columns else None
    preference = where_there(results, PREFERENCE)
    columns = [c for c in (hit, "bleu" if "bleu" in results.columns else None, *preference) if c]
    columns += where_there(results, CONTRAST)
    header = ["Model", "RAG"]
    for column in columns:
        header += [f"{heading(column)}, seen", f"{heading(column)}, unseen"]
    rows = []
    for system in results.systems:
        cells = []
        for column in columns:
            halves: tuple[Mapping[str, Mapping[str, Estimate]], ...] = (results.seen, results.unseen)
            cells += [shown(column, half.get(system.name, {}).get(column)) for half in halves]
        rows.append((results.labels[system.name], "yes" if system.retrieval else "no", *cells))
    for row, figures in results.copies.items():
        cells = [
            "" if column == PREFERENCE else shown(column, figures[half].get(column))
            for column in columns
            for half in ("seen", "unseen")
        ]
        rows.append((f"{results.labels[row]} (reference row)", "–", *cells))
    notes = ["Seen: sections that training data covers, other questions. Unseen: sections held out whole."]
    if preference:
        notes.append("Chosen likelier: % of held-out preference pairs whose chosen answer has the higher probability.")
        notes += floors(results)
    if hit:
        chance = f"{results.section_hit_chance:.1%}"
        notes.insert(
            1, f"Section hit: % of answers whose nearest reference is of their own section; chance is {chance}."
        )
    title = f"{results.document}: memory, generalisation{', preference' if preference else ''}"
    return Table(
        f"{results.document}-generalisation", title, tuple(header), tuple(rows), tuple(notes),
        len(results.systems) if results.copies else None,
    )  # fmt: skip
