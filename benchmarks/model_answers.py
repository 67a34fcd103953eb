"""Shared by the studies on training items: answers of a harness model to questions, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.metrics.base import find
from harness.models.lm_eval_runs import generation_arguments
from harness.recipe.recipe import Generation
from harness.statistics import Resampler, estimate


def rendered(model: Any, question: str) -> str:
    """The model's rendered prompt for a question, with passages for a retrieval model."""
    prompt: str = model.apply_chat_template([{"role": "user", "content": question}])
    return prompt


def answers(model: Any, questions: Sequence[str], generation: Generation) -> list[str]:
    """An lm-eval model's answer to each question."""
    from lm_eval.api.instance import Instance

    settings = {"until": [], **generation_arguments(generation)}
    requests = [
        Instance("generate_until", {}, (rendered(model, question), dict(settings)), at)
        for at, question in enumerate(questions)
    ]
    return [text.strip() for text in model.generate_until(requests)]


def scores(texts: Sequence[str], references: Sequence[str], sections: Sequence[str] | None = None) -> str:
    """BLEU and ROUGE-L (F1, stemmed) with 95% intervals from 1,000 bootstrap resamples, as text.

    sections: of the items; whole ones are resampled where they are given.
    """
    resampler = Resampler(len(texts), sections, 1000, 0)
    bleu, rouge = (
        estimate(find(metric).score(texts, references)[column], resampler)
        for metric, column in (("bleu", "bleu"), ("rouge", "rougeL"))
    )
    return (
        f"BLEU {bleu.value:.2f} [{bleu.low:.2f}, {bleu.high:.2f}],"
        f" ROUGE-L {rouge.value:.4f} [{rouge.low:.4f}, {rouge.high:.4f}]"
    )
