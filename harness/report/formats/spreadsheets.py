"""`tables.csv`, `comparisons.csv`, `sections.csv`: tidy tables for spreadsheets and data frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from harness.report.cells import p_cell
from harness.report.formats.base import Format, Report
from harness.report.table import Table, csv_text
from harness.run.figures import DocumentResults
from harness.statistics import Estimate
from valign.files import write_atomic

_ESTIMATE = ("value", "low", "high", "n", "n_unscored", "units", "runs", "signature")
_FIGURES = ("document", "system", "seed", "retrieval", "column", "subset", *_ESTIMATE)
_TESTS = ("p_bootstrap", "p_randomisation", "p_holm", "detectable")
_COMPARISONS = ("document", "better", "worse", "column", "primary", *_ESTIMATE, *_TESTS)


def figures_table(documents: Sequence[DocumentResults]) -> Table:
    """One row per document, system, reference row or retriever, column and subset of the items.

    Subsets: all, seen, unseen, and each value. seed: of the training; `mean` where the row is that of several seeds,
    each of which has rows of its own below it.
    """
    return Table("figures", "Figures", _FIGURES, tuple(row for one in documents for row in _figures(one)))


def _figures(results: DocumentResults) -> Iterator[tuple[str, ...]]:
    subsets = {"all": results.figures, "seen": results.seen, "unseen": results.unseen}
    subsets |= {f"value:{value}": figures for value, figures in results.by_value.items()}
    for system in results.systems:
        seeds = [(name, name.partition("@")[2]) for name in results.by_seed if name.startswith(f"{system.name}@")]
        rows = [("mean" if seeds else "", subset, figures.get(system.name, {})) for subset, figures in subsets.items()]
        rows += [(seed, "all", results.by_seed[name]) for name, seed in seeds]
        for seed, subset, columns in rows:
            for column, estimate in columns.items():
                named = (results.document, system.name, seed, "yes" if system.retrieval else "no", column, subset)
                yield (*named, *_cells(estimate))
    for row, copied in results.copies.items():
        for subset, of_subset in copied.items():
            for column, estimate in of_subset.items():
                yield (results.document, row, "", "", column, subset, *_cells(estimate))
    for retriever, columns in results.retrieval.items():
        for column, estimate in columns.items():
            yield (results.document, f"retrieval: {retriever}", "", "yes", column, "all", *_cells(estimate))


def comparisons_table(documents: Sequence[DocumentResults]) -> Table:
    """One row per paired comparison; `value` is the difference, better minus worse."""
    rows = tuple(
        (
            one.document,
            tested.better,
            tested.worse,
            tested.column,
            "yes" if tested.primary else "no",
            *_cells(tested.comparison.difference),
            p_cell(tested.comparison.p_bootstrap),
            p_cell(tested.comparison.p_randomisation),
            p_cell(tested.p_holm),
            _number(tested.power.detectable),
        )
        for one in documents
        for tested in one.tested
    )
    return Table("comparisons", "Paired comparisons", _COMPARISONS, rows)


def sections_table(documents: Sequence[DocumentResults]) -> Table:
    """One row per document, system and section: the mean of each column over its items."""
    columns = list(dict.fromkeys(column for one in documents for column in one.columns))
    rows = tuple(
        (one.document, system, section, str(n), *(_number(means.get(column, math.nan)) for column in columns))
        for one in documents
        for system, section, n, means in one.by_section
    )
    return Table("sections", "Results by section", ("document", "system", "section", "items", *columns), rows)


def _cells(estimate: Estimate) -> tuple[str, ...]:
    figures = (_number(one) for one in (estimate.value, estimate.low, estimate.high))
    units = "" if estimate.units is None else str(estimate.units)
    return (*figures, str(estimate.n), str(estimate.n_unscored), units, str(estimate.runs), estimate.signature)


def _number(value: float) -> str:
    """Six decimals, or "" for NaN."""
    return "" if math.isnan(value) else f"{value:.6f}"


class Spreadsheets(Format):
    """For spreadsheets and data frames."""

    shipped: ClassVar[bool] = True

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        tables = {
            "tables.csv": figures_table(report.documents),
            "comparisons.csv": comparisons_table(report.documents),
            "sections.csv": sections_table(report.documents),
        }
        for name, table in tables.items():
            write_atomic(folder / name, csv_text(table))
        return [folder / name for name in tables]


FORMAT = Spreadsheets()
