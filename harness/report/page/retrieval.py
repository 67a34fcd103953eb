"""Retrieval's recall: how often a passage of the prompt's own section is among those shown, beside chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from harness.models.answers import Answer
from harness.report.page.figures import estimate as as_list
from harness.report.page.items import stored_chunks, stored_docs
from harness.report.page.joined import PageDocument, Side
from harness.statistics import Resampler, estimate
from harness.statistics.values import mean_values


def recall(document: PageDocument) -> list[dict[str, Any]]:
    """A row for each system that retrieves: its recall of the section and of the passage, chance, and passages shown.

    The passage that a prompt was written from counts only where the index has it, since held-out data may have been
    cut otherwise.
    """
    rows = []
    for side in document.sides:
        retrieving = [one.name for one in side.results.systems if one.retrieval]
        gold = (
            {item: str(doc.get("chunk", "")) for item, doc in stored_docs(side.reading).items()} if retrieving else {}
        )
        section_of = {str(chunk["id"]): str(chunk["section"]) for chunk in stored_chunks(side.reading)}
        rows += [
            _row(document.number[side.run, name], side, side.reading.answers[name], gold, section_of)
            for name in retrieving
            if any(answer.retrieved for answer in side.reading.answers[name])
        ]
    return rows


def _row(
    system: int, side: Side, answers: Sequence[Answer], gold: Mapping[str, str], section_of: Mapping[str, str]
) -> dict[str, Any]:
    """gold: the passage that each prompt was written from. section_of: the section of each passage in the index."""
    recipe = side.reading.recipe
    clusters = [one.section for one in answers] if recipe.statistics.clusters == "section" else None
    resampler = Resampler(len(answers), clusters, recipe.statistics.resamples, recipe.seed)
    hits = [_section_hit(one, section_of) for one in answers]
    passage = [_passage_hit(one, gold.get(one.item, ""), section_of) for one in answers]
    shown = len(answers[0].retrieved)
    return {
        "system": system,
        "section": as_list(estimate(mean_values(hits, "retrieval_recall|of the section"), resampler)),
        "passage": as_list(estimate(mean_values(passage, "retrieval_recall|of the passage"), resampler)),
        "chance": chance([one.section for one in answers], Counter(section_of.values()), shown),
        "shown": shown,
        "passages": len(section_of),
    }


def _section_hit(answer: Answer, section_of: Mapping[str, str]) -> float:
    """Whether a passage of the prompt's section was shown; without the index by the passage's id."""
    return float(any(section_of.get(id, id.rpartition(".")[0]) == answer.section for id, _ in answer.retrieved))


def _passage_hit(answer: Answer, gold: str, section_of: Mapping[str, str]) -> float:
    return float(gold in {chunk for chunk, _ in answer.retrieved}) if gold in section_of else float("nan")


def chance(sections: Sequence[str], passages: Counter[str], shown: int) -> float | None:
    """The section recall of passages drawn at random without replacement, in [0, 1]; None without the index.

    sections: of each prompt. passages: how many each section has. shown: passages drawn for a prompt.
    """
    total = passages.total()
    if not total:
        return None
    missed = [comb(total - passages[section], shown) / comb(total, shown) for section in sections]
    return float(1.0 - np.mean(missed))
