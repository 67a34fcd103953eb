"""What the studies of training items share: putting questions to a model of the harness, and scoring what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness import lm_eval_bridge as bridge
from harness.metrics import find
from harness.recipe import Generation
from harness.statistics import Resampler, estimate


def shown(model: Any, question: str) -> str:
    """A question as the model's prompt; a retrieval model puts its passages in."""
    prompt: str = model.apply_chat_template([{"role": "user", "content": question}])
    return prompt


def answers(model: Any, questions: Sequence[str], generation: Generation) -> list[str]:
    """What an lm-eval model says to each question."""
    from lm_eval.api.instance import Instance

    settings = {"until": [], **bridge.generation_arguments(generation)}
    requests = [
        Instance("generate_until", {}, (shown(model, question), dict(settings)), at)
        for at, question in enumerate(questions)
    ]
    return [text.strip() for text in model.generate_until(requests)]


def scores(texts: Sequence[str], references: Sequence[str]) -> str:
    """BLEU and ROUGE-L (F1, stemmed) with 95% intervals, 1,000 bootstrap resamples of items, in words."""
    resampler = Resampler(len(texts), None, 1000, 0)
    bleu, rouge = (
        estimate(find(metric).score(texts, references)[column], resampler)
        for metric, column in (("bleu", "bleu"), ("rouge", "rougeL"))
    )
    return (
        f"BLEU {bleu.value:.2f} [{bleu.low:.2f}, {bleu.high:.2f}],"
        f" ROUGE-L {rouge.value:.4f} [{rouge.low:.4f}, {rouge.high:.4f}]"
    )
