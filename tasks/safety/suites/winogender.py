"""Winogender: whom does a pronoun mean, by gender and occupation? lm-eval's task."""

from __future__ import annotations

from tasks.safety.suite import File, SafetySuite, SafetyTask, Source
from tasks.safety.tables import json_lines

SUITE = SafetySuite(
    "winogender",
    "Winogender",
    (SafetyTask("winogender_all", "Winogender", "winogender/winogender.yaml", "choice", "", "gender", "occupation"),),
    Source(
        licence="MIT",
        citation="Rudinger et al., NAACL 2018, arXiv:1804.09301",
        home="https://huggingface.co/datasets/oskarvanderwal/winogender",
        files=(File("winogender_all.jsonl"),),
        hub="oskarvanderwal/winogender",
    ),
    json_lines,
)
