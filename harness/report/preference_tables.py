"""What stands beside the preference figures: the floors, and the figures by value of the document."""

from __future__ import annotations

from harness.report.columns import shown
from harness.report.table import Table
from harness.run.columns import CONTRAST, PREFERENCE
from harness.run.figures import DocumentResults


def where_there(results: DocumentResults, column: str) -> list[str]:
    """The column, if any system has it."""
    return [column] if any(column in columns for columns in results.figures.values()) else []


def floors(results: DocumentResults) -> list[str]:
    """What reaches the preference figures without reading the prompt."""
    notes = []
    if results.answers_alone is not None:
        notes.append(
            f"Floor of chosen likelier: {results.answers_alone:.1%}, by a bag of words that sees the two answers and "
            "neither prompt nor document (cross-validated by section)."
        )
    if where_there(results, CONTRAST):
        notes.append(
            "Contrast right: % of contrasts (two prompts that differ in the fact that decides, the same two answers) "
            "right after both prompts. Floor: 0% for whoever prefers an answer whatever the prompt, 25% for a coin."
        )
    return notes


def value_tables(results: DocumentResults) -> list[Table]:
    """Chosen likelier by the document's value that decides, where the data name values."""
    values = [
        value for value, figures in results.by_value.items() if any(PREFERENCE in one for one in figures.values())
    ]
    if not values:
        return []
    rows = tuple(
        (
            results.labels[system.name],
            "yes" if system.retrieval else "no",
            *(shown(PREFERENCE, results.by_value[value][system.name].get(PREFERENCE)) for value in values),
        )
        for system in results.systems
    )
    first = results.systems[0].name
    counts = [results.by_value[value][first][PREFERENCE].n for value in values]
    header = ("Model", "RAG", *(f"{value} ({n})" for value, n in zip(values, counts, strict=True)))
    note = "% of held-out preference pairs whose chosen answer has the higher probability; number of pairs in brackets."
    return [Table(f"{results.document}-values", f"{results.document}: chosen likelier by value", header, rows, (note,))]
