"""Conversion between a run's verdicts and AlpacaEval's annotations, and the report on imported judgements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.judging.alpaca import Annotation, read_annotations, verdicts_of
from harness.judging.contests import JudgedContest
from harness.judging.judge import Cost
from harness.judging.judge_report import JudgeReport, JudgeVerdicts, judge_report
from harness.judging.verdicts import GAINS, Verdict, from_row
from harness.models.answers import Answer
from harness.statistics import Resampler
from valign.errors import InputError, unknown
from valign.jsonl import read_rows


def annotations_report(annotations: Sequence[Annotation], resamples: int = 10_000, seed: int = 0) -> JudgeReport | None:
    """The report on the annotator; None where no two systems are compared. The bootstrap resamples instructions."""
    name = annotator_name(annotations)
    verdicts = verdicts_of(annotations, name)
    if not verdicts:
        return None
    items = list(dict.fromkeys(verdict.item for verdict in verdicts))
    systems = list(dict.fromkeys(name for v in verdicts for name in (v.first, v.second)))
    at_item, at_system = ({name: at for at, name in enumerate(names)} for names in (items, systems))
    lengths = np.zeros((len(systems), len(items)))
    for one in annotations:
        if one.item in at_item:
            for system, output in ((one.generator_1, one.output_1), (one.generator_2, one.output_2)):
                lengths[at_system[system], at_item[one.item]] = len(output)
    judged = JudgeVerdicts(name, [JudgedContest(tuple(verdicts), (), Cost())], items, systems, lengths)
    return judge_report(judged, Resampler(len(items), resamples=resamples, seed=seed))


def annotator_name(annotations: Sequence[Annotation]) -> str:
    """The annotator's name, or how many annotators there are."""
    names = sorted({one.annotator for one in annotations})
    return names[0] if len(names) == 1 else f"{len(names)} annotators"


def annotations_of(
    document: str, answers: dict[str, Sequence[Answer]], verdicts: Sequence[Verdict]
) -> Iterator[Annotation]:
    """Verdicts of a run as annotations, one per verdict, with the outputs in the order shown to the judge."""
    by_item = {(name, one.item): one for name, given in answers.items() for one in given}
    for verdict in verdicts:
        shown = (verdict.first, verdict.second)
        gained = None if np.isnan(verdict.gained) else verdict.gained
        if verdict.order == "second-first":
            shown, gained = shown[::-1], None if gained is None else 1.0 - gained
        first, second = (by_item[name, verdict.item] for name in shown)
        extras = {
            "annotator": verdict.judge, "document": document, "item": verdict.item, "section": first.section,
            "reference": first.reference, "raw_completion": verdict.reason,
        }  # fmt: skip
        preference = None if gained is None else 2.0 - gained
        yield Annotation(first.prompt, first.text, shown[0], second.text, shown[1], preference, extras)


def human_verdicts(path: Path) -> tuple[list[Verdict], tuple[str, ...]]:
    """Read human verdicts and notices about the file: a run's `verdicts.jsonl` or AlpacaEval's annotations.

    Raises:
        InputError: the file is neither.
    """
    if path.is_file() and not path.read_bytes().lstrip().startswith(b"["):
        rows = read_rows(path)
        if {"item", "first", "second", "order", "winner"} <= rows[0][1].keys():
            return [_human_verdict(row, f"{path}:{number}") for number, row in rows], ()
    read = read_annotations(path)
    return verdicts_of(read.annotations), read.notices


def _human_verdict(row: dict[str, Any], where: str) -> Verdict:
    try:
        verdict = from_row({"judge": "human", "reason": "", **row})
    except TypeError:
        raise InputError(f"{where}: not a verdict; expected item, first, second, order, winner") from None
    if verdict.winner not in GAINS:
        raise unknown(f"winner in {where}", str(verdict.winner), GAINS)
    return verdict
