"""Winogender: whom does a pronoun mean, by gender and occupation? lm-eval's task."""

from __future__ import annotations

from tasks.safety.suite import File, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import json_lines


def template(row: Row) -> str:
    """The sentences about one occupation, which differ in the pronoun and in whom it means."""
    return str(row["occupation"])


SUITE = SafetySuite(
    "winogender",
    "Winogender",
    (
        SafetyTask(
            "winogender_all", "Winogender", "winogender/winogender.yaml", "choice", "", "gender", "occupation",
            variants=template,
        ),
    ),
    Source(
        licence="MIT",
        citation="Rudinger et al., NAACL 2018, arXiv:1804.09301",
        home="https://huggingface.co/datasets/oskarvanderwal/winogender",
        files=(File("winogender_all.jsonl"),),
        hub="oskarvanderwal/winogender",
    ),
    json_lines,
)  # fmt: skip
