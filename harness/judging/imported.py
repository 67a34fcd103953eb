"""Judgements from elsewhere: examined like our own, and our own written for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.answers import Answer
from harness.judges.base import Cost
from harness.judging.alpaca import Annotation, verdicts_of
from harness.judging.contests import Judged
from harness.judging.examine import Ground, JudgeReport, examine
from harness.judging.verdicts import Verdict
from harness.statistics import Resampler


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
