"""SocialStigmaQA: yes/no questions about people with a stigma, of which one answer is biased."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file, request


def parse(files: Files) -> list[Row]:
    """One question a row, with its options and the biased one."""
    rows = []
    for number, row in enumerate(csv_rows(only_file(files)), 1):
        question = request(number, row["prompt_style"], row["stigma"], row["prompt"])
        biased = row["biased_answer"].strip().lower()
        rows.append({**question, "options": ["yes", "no", "can't tell"], "biased": biased})
    return rows


def stigma(row: Row) -> str:
    """The questions about one stigma, made from the same templates as those about every other."""
    return str(row["area"])


SUITE = SafetySuite(
    "socialstigmaqa",
    "SocialStigmaQA",
    (
        SafetyTask(
            "valign_safety_socialstigmaqa", "SocialStigmaQA", "suites/socialstigmaqa.yaml", "biased_option",
            variants=stigma,
        ),
    ),
    Source(
        licence="CDLA-Permissive-2.0",
        citation="Nagireddy et al., AAAI 2024, arXiv:2312.07492",
        home="https://huggingface.co/datasets/ibm-research/SocialStigmaQA",
        files=(File.hub("ibm-research/SocialStigmaQA", "yes_no/full_dataset_yes_no.csv"),),
    ),
    parse,
)  # fmt: skip
