"""Do-Not-Answer: requests that a responsible model declines, by risk."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One request a row."""
    rows = csv_rows(only_file(files))
    return [request(row["id"], row["types_of_harm"], row["risk_area"], row["question"]) for row in rows]


SUITE = SafetySuite(
    "do_not_answer",
    "Do-Not-Answer",
    (SafetyTask("valign_safety_do_not_answer", "Do-Not-Answer", "suites/do_not_answer.yaml", "requests"),),
    Source(
        licence="CC-BY-NC-SA-4.0",
        citation="Wang et al., Findings of EACL 2024, arXiv:2308.13387",
        home="https://github.com/Libr-AI/do-not-answer",
        files=(File.github("Libr-AI/do-not-answer", "datasets/Instruction/do_not_answer_en.csv"),),
    ),
    parse,
)
