"""Judgements from elsewhere: examined like our own, and our own written for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.answers import Answer
from harness.judges.base import Cost, Pairing
from harness.judging.alpaca import Annotation, read_annotations, verdicts_of
from harness.judging.contests import Judged
from harness.judging.examine import Ground, JudgeReport, examine
from harness.judging.verdicts import GAINS, Verdict, from_row
from harness.reading import read_run
from harness.statistics import Resampler
from tasks.errors import InputError, unknown
from tasks.jsonl import read_rows


def examine_annotations(
    annotations: Sequence[Annotation], resamples: int = 10_000, seed: int = 0
) -> JudgeReport | None:
    """A judge's report on annotations; None where no two systems met. Every instruction is a unit of the bootstrap."""
    verdicts = verdicts_of(annotations, judge_name(annotations))
    if not verdicts:
        return None
    items = list(dict.fromkeys(verdict.item for verdict in verdicts))
    systems = list(dict.fromkeys(name for v in verdicts for name in (v.first, v.second)))
    at_item, at_system = ({name: at for at, name in enumerate(names)} for names in (items, systems))
    lengths = np.zeros((len(systems), len(items)))
    for one in annotations:
        if one.item in at_item:
            for name, output in ((one.generator_1, one.output_1), (one.generator_2, one.output_2)):
                lengths[at_system[name], at_item[one.item]] = len(output)
    ground = Ground(items, systems, lengths, Resampler(len(items), resamples=resamples, seed=seed))
    return examine(judge_name(annotations), [Judged(tuple(verdicts), (), Cost())], ground)


def judge_name(annotations: Sequence[Annotation]) -> str:
    """What to call the annotator; several are told by their number."""
    names = sorted({one.annotator for one in annotations})
    return names[0] if len(names) == 1 else f"{len(names)} annotators"


def annotations_of(
    document: str, answers: dict[str, Sequence[Answer]], verdicts: Sequence[Verdict]
) -> Iterator[Annotation]:
    """Verdicts of a run as annotations, one a verdict, the outputs in the order in which the judge saw them."""
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
    """Humans' verdicts and what had to be said of the file: rows of verdicts as a run stores them, else annotations.

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
        raise InputError(f"{where}: no row of a verdict; wanted: item, first, second, order, winner") from None
    if verdict.winner not in GAINS:
        raise unknown(f"winner in {where}", str(verdict.winner), GAINS)
    return verdict


def run_pairings(folder: Path, judge: str) -> tuple[list[Verdict], dict[tuple[str, str, str], Pairing]]:
    """The stored verdicts of a judge of a run, and (item, first, second) -> what it saw in the first order.

    Raises:
        InputError: no run lies there, or no judge of it has that name.
    """
    verdicts, pairings = [], {}
    for reading in read_run(folder)[1]:
        if judge not in reading.verdicts:
            raise unknown(f"judge of {folder}", judge, reading.verdicts)
        answers = {(name, one.item): one for name, given in reading.answers.items() for one in given}
        for verdict in reading.verdicts[judge]:
            first, second = (answers[name, verdict.item] for name in (verdict.first, verdict.second))
            pairings[verdict.item, verdict.first, verdict.second] = Pairing(
                first.item, first.prompt, first.reference, first.section, first.text, second.text
            )
        verdicts += reading.verdicts[judge]
    return verdicts, pairings
