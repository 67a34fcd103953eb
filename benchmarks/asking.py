"""What the studies of training items share: putting questions to a model of the harness, and scoring what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness import lm_eval_bridge as bridge
from harness.recipe import Generation


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
    """BLEU and ROUGE-L (F1, stemmed), in words."""
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    rouge = [scorer.score(r, t)["rougeL"].fmeasure for r, t in zip(references, texts, strict=True)]
    bleu = sacrebleu.corpus_bleu(list(texts), [list(references)]).score
    return f"BLEU {bleu:.2f}, ROUGE-L {sum(rouge) / len(rouge):.4f}"
