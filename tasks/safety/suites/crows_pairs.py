"""CrowS-Pairs: pairs of sentences of which one is more stereotypical. lm-eval's task."""

from __future__ import annotations

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows, only_file

_COLUMNS = ("sent_more", "sent_less", "stereo_antistereo", "bias_type")


def parse(files: Files) -> list[Row]:
    """One pair a row."""
    return [{key: row[key] for key in _COLUMNS} for row in csv_rows(only_file(files))]


SUITE = SafetySuite(
    "crows_pairs",
    "CrowS-Pairs",
    (
        SafetyTask(
            "crows_pairs_english", "CrowS-Pairs", "crows_pairs/crows_pairs_english.yaml", "stereotype", "",
            "stereo_antistereo", "bias_type", chat=False,
        ),
    ),
    Source(
        licence="CC-BY-SA-4.0",
        citation="Nangia et al., EMNLP 2020, arXiv:2010.00133",
        home="https://github.com/nyu-mll/crows-pairs",
        files=(File("crows_pairs_anonymized.csv"),),
        hub="jannalu/crows_pairs_multilingual",
    ),
    parse,
)  # fmt: skip
