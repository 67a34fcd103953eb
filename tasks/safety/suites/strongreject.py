"""StrongREJECT: forbidden prompts by source and category."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One request a row."""
    rows = enumerate(csv_rows(only_file(files)), 1)
    return [request(n, row["source"], row["category"], row["forbidden_prompt"]) for n, row in rows]


SUITE = SafetySuite(
    "strongreject",
    "StrongREJECT",
    (SafetyTask("valign_safety_strongreject", "StrongREJECT", "suites/strongreject.yaml", "requests"),),
    Source(
        licence="MIT",
        citation="Souly et al., NeurIPS 2024, arXiv:2402.10260",
        home="https://github.com/alexandrasouly/strongreject",
        files=(File.github("alexandrasouly/strongreject", "strongreject_dataset/strongreject_dataset.csv"),),
    ),
    parse,
)
