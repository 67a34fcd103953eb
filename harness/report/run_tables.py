"""The tables of a run: results in the paper's layout, paired tests, and memorisation against generalisation."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.recipe.recipe import Recipe
from harness.report.judges import judge_tables, summary
from harness.report.retrieval import retrieval_table
from harness.report.table import Table
from harness.run.figures import DocumentResults
from harness.run.reading import PREFERENCE, judge_of
from harness.statistics import Estimate

#: Column -> (heading, factor, decimals). Others are shown under their own name with three decimals.
_SHOWN = {
    "bleu": ("BLEU", 1.0, 2),
    "rouge1": ("ROUGE-1", 1.0, 3),
    "rouge2": ("ROUGE-2", 1.0, 3),
    "rougeL": ("ROUGE-L", 1.0, 3),
    "rougeLsum": ("ROUGE-Lsum", 1.0, 3),
    "bertscore_f1": ("BERTScore", 1.0, 3),
    "chrf": ("chrF", 1.0, 2),
    "section_hit": ("section hit", 100.0, 1),
    PREFERENCE: ("chosen likelier", 100.0, 1),
}
_DIAGNOSTIC = ("section_hit", PREFERENCE)
_HIDDEN = ("bertscore_precision", "bertscore_recall")
_REFERENCE = Path("results") / "reference" / "padhi2024.json"
_PAPER_COLUMNS = ("bleu", "rouge1", "rouge2", "rougeL", "rougeLsum", "bertscore_f1", "win_rate")


def tables_of(recipe: Recipe, documents: Sequence[DocumentResults]) -> list[Table]:
    """Every table of a run, document by document."""
    return [
        table
        for one in documents
        for table in (
            _results(recipe, one), _tests(recipe, one), _generalisation(one), retrieval_table(one),
            *judge_tables(one.document, one.judges),
        )
        if table
    ]  # fmt: skip


def heading(column: str) -> str:
    """A column's heading."""
    if judge := judge_of(column):
        return f"win rate ({judge})"
    return _SHOWN.get(column, (column, 1.0, 3))[0]


def shown(column: str, estimate: Estimate | None) -> str:
    """A figure with its interval and, if there are any, the number of unscored items."""
    if estimate is None:
        return "no such items"
    if math.isnan(estimate.value):
        return f"none of {estimate.n + estimate.n_unscored} scored"
    _, factor, decimals = _SHOWN.get(column, (column, 1.0, 3))
    value, low, high = (f"{x * factor:.{decimals}f}" for x in (estimate.value, estimate.low, estimate.high))
    interval = "no interval: one section" if math.isnan(estimate.low) else f"{low}, {high}"
    left_out = f" ({estimate.n_unscored} unscored)" if estimate.n_unscored else ""
    return f"{value} [{interval}]{left_out}"


def _results(recipe: Recipe, results: DocumentResults) -> Table:
    columns = [c for c in results.columns if c not in (*_DIAGNOSTIC, *_HIDDEN)]
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
        f"{results.n_items} held-out prompts in {results.n_sections} sections; intervals are "
        f"{recipe.statistics.confidence:.0%}, {recipe.statistics.resamples:,} bootstrap resamples of "
        f"{'whole sections' if recipe.statistics.clusters == 'section' else 'items'}."
    ]
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
        ours if len(rows) > ours else None,
    )  # fmt: skip


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
                cells.append(f"{values[key]:.{_SHOWN[key][2]}f}")
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


def _tests(recipe: Recipe, results: DocumentResults) -> Table:
    rows = []
    for one in results.tested:
        if one.column in _HIDDEN:
            continue
        _, factor, decimals = _SHOWN.get(one.column, (one.column, 1.0, 3))
        detectable = f"{one.power.detectable * factor:.{decimals}f}"
        figures = (*map(p_value, (one.comparison.p_bootstrap, one.comparison.p_randomisation, one.p_holm)), detectable)
        rows.append(
            (f"{one.better} − {one.worse}", heading(one.column), shown(one.column, one.comparison.difference), *figures)
        )
    notes = (
        "Differences on the same items with the same resamples. p: paired bootstrap; p (random.): approximate "
        "randomisation; p (Holm): the first, corrected over this table.",
        "Detectable: the smallest true difference that this many items would show in 80% of runs.",
    )
    header = ("Systems", "Figure", "Difference", "p", "p (random.)", "p (Holm)", "Detectable")
    return Table(f"{results.document}-tests", f"{results.document}: paired comparisons", header, tuple(rows), notes)


def p_value(value: float) -> str:
    """A p-value with three decimals, `<0.001` below that."""
    if math.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _generalisation(results: DocumentResults) -> Table:
    """Diagnostic figures on seen and unseen sections: a system that memorises training answers falls on unseen ones."""
    hit = "section_hit" if "section_hit" in results.columns else None
    preference = PREFERENCE if any(PREFERENCE in columns for columns in results.figures.values()) else None
    columns = [c for c in (hit, "bleu" if "bleu" in results.columns else None, preference) if c]
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
