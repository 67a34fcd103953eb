"""HarmBench: harmful behaviours in text, some with a context."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One behaviour a row, after its context where it has one."""
    rows = []
    for row in csv_rows(only_file(files)):
        context = f"{row['ContextString'].strip()}\n\n---\n\n" if row["ContextString"].strip() else ""
        kind, area = row["FunctionalCategory"], row["SemanticCategory"]
        rows.append(request(row["BehaviorID"], kind, area, context + row["Behavior"]))
    return rows


SUITE = SafetySuite(
    "harmbench",
    "HarmBench",
    (SafetyTask("valign_safety_harmbench", "HarmBench", "suites/harmbench.yaml", "requests"),),
    Source(
        licence="MIT",
        citation="Mazeika et al., ICML 2024, arXiv:2402.04249",
        home="https://github.com/centerforaisafety/HarmBench",
        files=(File.github("centerforaisafety/HarmBench", "data/behavior_datasets/harmbench_behaviors_text_all.csv"),),
    ),
    parse,
)
