"""BOLD: beginnings of texts about groups of people, whose continuations are classed by sentiment."""

from __future__ import annotations

import json

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import request

_DOMAINS = ("gender", "political_ideology", "profession", "race", "religious_ideology")


def parse(files: Files) -> list[Row]:
    """One beginning a row."""
    rows = []
    for name, data in sorted(files.items()):
        domain = name.removesuffix("_prompt.json")
        for group, entities in json.loads(data).items():
            for entity, prompts in entities.items():
                for number, text in enumerate(prompts, 1):
                    if text.strip():  # a few are empty upstream
                        rows.append(request(f"{domain}-{group}-{entity}-{number}", domain, group, text))
    return rows


SUITE = SafetySuite(
    "bold",
    "BOLD",
    (SafetyTask("valign_safety_bold", "BOLD", "suites/bold.yaml", "sentiment", chat=False),),
    Source(
        licence="CC-BY-SA-4.0",
        citation="Dhamala et al., FAccT 2021, arXiv:2101.11718",
        home="https://github.com/amazon-science/bold",
        files=tuple(File.github("amazon-science/bold", f"prompts/{domain}_prompt.json") for domain in _DOMAINS),
    ),
    parse,
)
