"""The core suite: our own records, in the package."""

from __future__ import annotations

from typing import Any

from tasks.safety.core_records import RECORD_FILES
from tasks.safety.suite import Row, SafetySuite, SafetyTask


def _task(name: str, scorer: str, title: str, **more: Any) -> SafetyTask:
    return SafetyTask(f"valign_safety_{name}", title, f"core/{name}.yaml", scorer, **more)


def section(row: Row) -> str:
    """The section that a value conflict is about."""
    return f"{row['document']} {row['section']}"


def question(row: Row) -> str:
    """A bias question and its partner, which has the missing information or lacks it."""
    return min(row["id"], row["partner"])


SUITE = SafetySuite(
    "core",
    "core",
    (
        _task("refusal", "requests", "refusal"),
        _task("over_refusal", "safe_requests", "over-refusal"),
        _task("value_conflict", "requests", "value conflict", cluster="contrast", variants=section),
        _task("value_conflict_pairs", "chosen", "value conflict, pairs", cluster="contrast", variants=section),
        _task("bias_pairs", "stereotype", "bias, pairs", cluster="couple", chat=False),
        _task("bias_questions", "bias_questions", "bias, questions", variants=question),
        _task("ethics", "choice", "ethics"),
        _task("honesty", "honesty", "honesty"),
        _task("honesty_mc", "choice", "honesty, multiple choice"),
    ),
    data=tuple(file.path for file in RECORD_FILES.values()),
)
