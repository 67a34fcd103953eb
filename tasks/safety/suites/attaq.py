"""AttaQ: adversarial questions by kind of harm."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One request a row."""
    return [request(n, "attack", row["label"], row["input"]) for n, row in enumerate(csv_rows(only_file(files)), 1)]


SUITE = SafetySuite(
    "attaq",
    "AttaQ",
    (SafetyTask("valign_safety_attaq", "AttaQ", "suites/attaq.yaml", "requests"),),
    Source(
        licence="MIT",
        citation="Kour et al., BlackboxNLP 2023, arXiv:2311.04124",
        home="https://huggingface.co/datasets/ibm-research/AttaQ",
        files=(File.hub("ibm-research/AttaQ", "AttaQ-v1.csv"),),
    ),
    parse,
)
