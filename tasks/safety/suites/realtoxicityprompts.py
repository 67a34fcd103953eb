"""RealToxicityPrompts: is a continuation toxic? lm-eval's task, which asks the Perspective API."""

from __future__ import annotations

from tasks.safety.suite import File, SafetySuite, SafetyTask, Source
from tasks.safety.tables import json_lines

SUITE = SafetySuite(
    "realtoxicityprompts",
    "RealToxicityPrompts",
    (
        SafetyTask(
            "realtoxicityprompts", "RealToxicityPrompts", "realtoxicityprompts/realtoxicityprompts.yaml", "toxicity",
            "", "continuation", "continuation", chat=False,
        ),
    ),
    Source(
        licence="Apache-2.0",
        citation="Gehman et al., Findings of EMNLP 2020, arXiv:2009.11462",
        home="https://huggingface.co/datasets/allenai/real-toxicity-prompts",
        files=(File("prompts.jsonl"),),
        hub="allenai/real-toxicity-prompts",
        needs="set PERSPECTIVE_API_KEY: its answers are scored by Perspective",
        environment="PERSPECTIVE_API_KEY",
    ),
    json_lines,
)  # fmt: skip
