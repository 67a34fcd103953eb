"""All that the page shows, as one block of figures and many of items, from stored results alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness.report.page import figures
from harness.report.page.against import Changes
from harness.report.page.blocks import Blocks
from harness.report.page.items import add_items
from harness.report.page.joined import PageDocument, PageRun
from harness.report.page.leading import leading_column
from harness.report.page.making import making
from harness.report.page.retrieval import recall
from harness.report.page.verdicts import add_verdicts
from valign.fingerprint import fingerprint

#: The block that the page reads first.
MAIN = "main"


def page_blocks(
    runs: Sequence[PageRun], joined: Sequence[PageDocument], changed: Sequence[Sequence[Changes]]
) -> Blocks:
    """The blocks of a page; `main` is the first, and names the others. changed: the changes in each document."""
    items = Blocks()
    each = enumerate(zip(joined, changed, strict=True))
    documents = [_document(items, at, document, runs, own) for at, (document, own) in each]
    main = Blocks()
    main.add_json(
        MAIN,
        {
            "key": _answers_of(runs),
            "runs": [run.name for run in runs],
            "documents": documents,
            "making": making(runs),
        },
    )
    return Blocks({**main.encoded, **items.encoded})


def _answers_of(runs: Sequence[PageRun]) -> str:
    """A fingerprint of all answers on the page, under which a browser keeps what its reader thinks of them."""
    documents = [record for run in runs for record in run.report.manifest.documents]
    return fingerprint(*(one.id for record in documents for one in record.of_kind("answers")))


def _document(
    blocks: Blocks, at: int, document: PageDocument, runs: Sequence[PageRun], changed: Sequence[Changes]
) -> dict[str, Any]:
    return {
        "name": document.name,
        "title": document.title,
        "sections": [section.model_dump() for section in document.sections],
        "systems": [asdict(system) for system in document.systems],
        "n_items": len(document.items),
        **figures.document_figures(document, runs),
        "leading": leading_column(document),
        "safety": figures.safety(document, runs),
        "recall": recall(document),
        "changes": [
            {
                "run": one.run,
                "comparisons": [
                    figures.comparison(
                        tested, (document.number[one.run, tested.better], document.number[0, tested.worse])
                    )
                    for tested in one.tested
                ],
                "notes": one.notes,
            }
            for one in changed
        ],
        "blocks": {**add_items(blocks, at, document), "judges": add_verdicts(blocks, at, document, runs)},
    }
