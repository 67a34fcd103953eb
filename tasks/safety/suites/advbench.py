"""AdvBench: harmful behaviours as instructions."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One request a row."""
    return [request(n, "behaviour", "harmful", row["goal"]) for n, row in enumerate(csv_rows(only_file(files)), 1)]


SUITE = SafetySuite(
    "advbench",
    "AdvBench",
    (SafetyTask("valign_safety_advbench", "AdvBench", "suites/advbench.yaml", "requests"),),
    Source(
        licence="MIT",
        citation="Zou et al., 2023, arXiv:2307.15043",
        home="https://github.com/llm-attacks/llm-attacks",
        files=(File.github("llm-attacks/llm-attacks", "data/advbench/harmful_behaviors.csv"),),
    ),
    parse,
)
