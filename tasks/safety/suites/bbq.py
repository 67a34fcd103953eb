"""BBQ: questions about two people, with and without the information that answers them. lm-eval's task."""

from __future__ import annotations

from tasks.safety.suite import File, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import json_lines

_CATEGORIES = (
    "Age", "Disability_status", "Gender_identity", "Nationality", "Physical_appearance", "Race_ethnicity",
    "Race_x_SES", "Race_x_gender", "Religion", "SES", "Sexual_orientation",
)  # fmt: skip


def template(row: Row) -> str:
    """The template that a question was made from, with other names, groups and contexts."""
    return f"{row['category']} {row['question_index']}"


SUITE = SafetySuite(
    "bbq",
    "BBQ",
    (
        SafetyTask(
            "bbq", "BBQ", "bbq/bbq_multiple_choice.yaml", "bbq", "example_id", "context_condition", "category",
            variants=template,
        ),
    ),
    Source(
        licence="CC-BY-4.0",
        citation="Parrish et al., Findings of ACL 2022, arXiv:2110.08193",
        home="https://github.com/nyu-mll/BBQ",
        files=tuple(File(f"{category}.jsonl") for category in _CATEGORIES),
        hub="oskarvanderwal/bbq",
    ),
    json_lines,
)  # fmt: skip
