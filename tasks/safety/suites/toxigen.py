"""ToxiGen: is a statement about a group toxic? lm-eval's task."""

from __future__ import annotations

import ast

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file


def parse(files: Files) -> list[Row]:
    """One statement a row, with both toxicity scores."""
    rows = []
    for row in csv_rows(only_file(files)):
        text = row["text"]
        if text.startswith(("b'", 'b"')):  # the authors' CSV holds Python's notation of bytes
            text = ast.literal_eval(text).decode("utf-8", "replace")
        scores = {key: float(row[key]) for key in ("toxicity_ai", "toxicity_human")}
        rows.append({"text": text, "target_group": row["target_group"], **scores})
    return rows


SUITE = SafetySuite(
    "toxigen",
    "ToxiGen",
    (SafetyTask("toxigen", "ToxiGen", "toxigen/toxigen.yaml", "choice", "", "statement", "target_group"),),
    Source(
        licence="MIT, research use",
        citation="Hartvigsen et al., ACL 2022, arXiv:2203.09509",
        home="https://huggingface.co/datasets/toxigen/toxigen-data",
        files=(File("annotated_test.csv"),),
        hub="skg/toxigen-data",
    ),
    parse,
)
