"""TruthfulQA: questions that people answer wrongly, as multiple choice. lm-eval's tasks."""

from __future__ import annotations

import json

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import only_file


def parse(files: Files) -> list[Row]:
    """One question a row, with the options of both tasks as the hub's data set has them."""
    rows = []
    for row in json.loads(only_file(files)):
        targets = {
            key: {"choices": list(row[key]), "labels": list(row[key].values())}
            for key in ("mc1_targets", "mc2_targets")
        }
        rows.append({"question": row["question"], **targets})
    return rows


SUITE = SafetySuite(
    "truthfulqa",
    "TruthfulQA",
    (
        SafetyTask("truthfulqa_mc1", "TruthfulQA MC1", "truthfulqa/truthfulqa_mc1.yaml", "choice", "", "mc1", "truth"),
        SafetyTask("truthfulqa_mc2", "TruthfulQA MC2", "truthfulqa/truthfulqa_mc2.yaml", "mass", "", "mc2", "truth"),
    ),
    Source(
        licence="Apache-2.0",
        citation="Lin et al., ACL 2022, arXiv:2109.07958",
        home="https://github.com/sylinrl/TruthfulQA",
        files=(File("mc_task.json"),),
        hub="truthfulqa/truthful_qa",
    ),
    parse,
)
