"""The table of a run with retrieval: how often the right passage is found, beside floors."""

from __future__ import annotations

from baselines.retrieval.measure import ANSWERABLE, FLOORS
from harness.report.table import Table
from harness.run.figures import DocumentResults
from harness.statistics import Estimate

_NAMES = {"dense": "by embedding", "bm25": "BM25", "fused": "both fused", "reranked": "reranked"}


def retrieval_table(results: DocumentResults) -> Table | None:
    """Recall@k and MRR by retriever, the recipe's own first and floors last; None without retrieval."""
    if not results.retrieval:
        return None
    own = next(iter(results.retrieval))
    columns = list(results.retrieval[own])
    rows = [
        (
            f"{_NAMES.get(name, name)}{' (used)' if name == own else ''}",
            "floor" if name in FLOORS else "",
            *(_shown(column, figures[column]) for column in columns),
        )
        for name, figures in results.retrieval.items()
    ]
    figure = results.retrieval[own]["mrr"]
    notes = (
        f"{figure.n} prompts of kind {', '.join(ANSWERABLE)}: recall@k is the % whose right passage (it holds the "
        f"paragraph that the prompt rests on) is among the first k; {results.top_k} are shown to the models. "
        "MRR: mean of 1 / rank.",
        f"{figure.n_unscored} prompts have no passage that answers them (unanswerable, refusal) and count nowhere.",
    )
    header = ("Retriever", "", *("MRR" if column == "mrr" else column for column in columns))
    return Table(f"{results.document}-retrieval", f"{results.document}: retrieval", header, tuple(rows), notes)


def _shown(column: str, estimate: Estimate) -> str:
    if not estimate.n:
        return f"none of {estimate.n_unscored} scored"
    factor, decimals = (1, 3) if column == "mrr" else (100, 1)
    value, low, high = (f"{x * factor:.{decimals}f}" for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]" if estimate.low == estimate.low else f"{value} [no interval: one section]"
