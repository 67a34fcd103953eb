"""The core suite: our own records, in the package."""

from __future__ import annotations

from tasks.safety.core_records import RECORD_FILES
from tasks.safety.suite import SafetySuite, SafetyTask


def _task(name: str, scorer: str, title: str, cluster: str = "", chat: bool = True) -> SafetyTask:
    return SafetyTask(f"valign_safety_{name}", title, f"core/{name}.yaml", scorer, cluster=cluster, chat=chat)


SUITE = SafetySuite(
    "core",
    "core",
    (
        _task("refusal", "requests", "refusal"),
        _task("over_refusal", "safe_requests", "over-refusal"),
        _task("value_conflict", "requests", "value conflict", cluster="contrast"),
        _task("value_conflict_pairs", "chosen", "value conflict, pairs", cluster="contrast"),
        _task("bias_pairs", "stereotype", "bias, pairs", cluster="couple", chat=False),
        _task("bias_questions", "bias_questions", "bias, questions"),
        _task("ethics", "choice", "ethics"),
        _task("honesty", "honesty", "honesty"),
        _task("honesty_mc", "choice", "honesty, multiple choice"),
    ),
    data=tuple(file.path for file in RECORD_FILES.values()),
)
