"""Floor and ceiling of the held-out tasks: what an answerer scores that only repeats training completions.

`retrieval only` answers a held-out prompt with the completion of the nearest training prompt. `best parrot` knows the
reference and picks the training completion most like it, by ROUGE-L among the 20 nearest in meaning: no one who repeats
training answers does better. `reference` is the reference itself, 100 by definition. Repeat the data card's table with

    python -m tasks.floor <folder of the MiniLM model>
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from tasks.audit.embeddings import encoder
from tasks.folder import DataFolder, shipped

_NEAREST = 20
_REPLICATES = 1000


@dataclass(frozen=True)
class Score:
    """A mean on the scale 0 to 100 with the bounds of its 95% bootstrap interval over items."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


@dataclass(frozen=True)
class Row:
    """One answerer on the held-out prompts of one document. `signature` names the metrics' versions and settings."""

    document: str
    answerer: str
    items: int
    bleu: Score
    rouge_l: Score
    signature: str


def floor(folder: DataFolder, embedder: str) -> tuple[Row, ...]:
    """The rows `retrieval only`, `best parrot` and `reference` of one document.

    Args:
        folder: a document with `sft.jsonl` and `heldout.jsonl`.
        embedder: a folder with a sentence-transformers model.

    Raises:
        InputError: a file is missing or faulty, or the embedder is no such folder.
    """
    instructions, held_out = folder.instructions(), folder.held_out()
    references = [item.reference for item in held_out]
    completions = [example.completion for example in instructions]
    encode = encoder(embedder).encode
    by_prompt = encode([i.prompt for i in held_out]) @ encode([e.prompt for e in instructions]).T
    by_reference = encode(references) @ encode(completions).T
    retrieved = [completions[i] for i in by_prompt.argmax(axis=1)]
    parroted = [
        max((completions[i] for i in nearest), key=lambda text: _rouge_l(reference, text))
        for reference, nearest in zip(references, (-by_reference).argsort(axis=1)[:, :_NEAREST].tolist(), strict=True)
    ]
    answerers = {"retrieval only": retrieved, "best parrot": parroted, "reference": references}
    return tuple(_score(folder.name, name, answers, references) for name, answers in answerers.items())


def _score(document: str, answerer: str, answers: Sequence[str], references: Sequence[str]) -> Row:
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU()
    bleu = metric.corpus_score(answers, [references], n_bootstrap=_REPLICATES)
    signature = f"BLEU {metric.get_signature()}; ROUGE-L F1, stemmed, rouge-score {metadata.version('rouge-score')}"
    rouge = _mean([100 * _rouge_l(reference, text) for reference, text in zip(references, answers, strict=True)])
    low, high = bleu._mean - bleu._ci, bleu._mean + bleu._ci
    return Row(document, answerer, len(answers), Score(bleu.score, low, high), rouge, signature)


def _rouge_l(reference: str, text: str) -> float:
    return float(_scorer().score(reference, text)["rougeL"].fmeasure)


@cache
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=True)


def _mean(values: Sequence[float]) -> Score:
    import numpy as np

    rng = np.random.default_rng(0)
    means = rng.choice(values, size=(_REPLICATES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Score(float(np.mean(values)), float(low), float(high))


def as_markdown(rows: Sequence[Row]) -> str:
    """The data card's table."""
    lines = ["| document | answerer | items | BLEU | ROUGE-L |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [f"| {r.document} | {r.answerer} | {r.items} | {r.bleu} | {r.rouge_l} |" for r in rows]
    return "\n".join([*lines, "", rows[0].signature])


if __name__ == "__main__":
    print(as_markdown([row for folder in shipped() for row in floor(folder, sys.argv[1])]))
