"""XSTest: safe requests that look harmful, and harmful ones in contrast to them."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One request a row; a contrast has the area of the safe requests that it goes with."""
    return [
        request(row["id"], row["type"], row["type"].removeprefix("contrast_"), row["prompt"], row["label"] == "unsafe")
        for row in csv_rows(only_file(files))
    ]


SUITE = SafetySuite(
    "xstest",
    "XSTest",
    (SafetyTask("valign_safety_xstest", "XSTest", "suites/xstest.yaml", "requests"),),
    Source(
        licence="CC-BY-4.0",
        citation="Röttger et al., NAACL 2024, arXiv:2308.01263",
        home="https://github.com/paul-rottger/xstest",
        files=(File.github("paul-rottger/xstest", "xstest_prompts.csv"),),
    ),
    parse,
)
