"""Copy baselines: how well training completions score as answers to the held-out prompts.

    python -m benchmarks.copy_baselines

`oracle sentence` and `nearest training answer` are the reference rows of every run (`harness/stages/copies.py`). `best
copy` knows the reference: of the 20 training completions most similar to it, it takes the one with the highest ROUGE-L,
an upper bound for memorisation of the training data. `reference` is the reference itself. The output is the table of
the data card (tasks/README.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.metrics.bleu import Bleu
from harness.metrics.rouge import Rouge
from harness.stages.copies import nearest_training_answers, oracle_sentences
from harness.statistics import Estimate, Resampler, estimate
from tasks.data.folder import DataFolder, shipped
from valign.embedding import Embedder
from valign.models.locate import MINILM, locate

_CANDIDATES = 20


@dataclass(frozen=True)
class Row:
    """The scores of one baseline on the held-out items of a document; BLEU in [0, 100], ROUGE-L in [0, 1]."""

    document: str
    baseline: str
    bleu: Estimate
    rouge_l: Estimate


def copy_baselines(folder: DataFolder, embedder: Embedder) -> tuple[Row, ...]:
    """Score the reference rows, `best copy` and `reference` on one document.

    Raises:
        InputError: a file of the folder is missing or faulty, or the embedder cannot be loaded.
    """
    instructions, held_out = folder.instructions(), folder.held_out()
    references, completions = [i.reference for i in held_out], [i.completion for i in instructions]
    answers = {
        "oracle sentence": oracle_sentences(held_out, folder.document()),
        "nearest training answer": nearest_training_answers(held_out, instructions, embedder),
        "best copy": best_copies(references, completions, embedder),
        "reference": references,
    }
    resampler = Resampler(len(held_out), [item.section for item in held_out])
    bleu = [score["bleu"] for score in Bleu().score_many(list(answers.values()), references)]
    rouge = [score["rougeL"] for score in Rouge().score_many(list(answers.values()), references)]
    return tuple(
        Row(folder.name, name, estimate(b, resampler), estimate(r, resampler))
        for name, b, r in zip(answers, bleu, rouge, strict=True)
    )


def best_copies(references: Sequence[str], completions: Sequence[str], embedder: Embedder) -> list[str]:
    """For each reference the completion with the highest ROUGE-L among the 20 with the highest cosine similarity."""
    similarity = embedder.vectors(references) @ embedder.vectors(completions).T
    nearest = (-similarity).argsort(axis=1)[:, :_CANDIDATES]
    candidates = [[completions[n] for n in column] for column in nearest.T]
    scores = [score["rougeL"].statistics[:, 0] for score in Rouge().score_many(candidates, references)]
    best = [max(range(len(scores)), key=lambda rank: scores[rank][item]) for item in range(len(references))]
    return [candidates[rank][item] for item, rank in enumerate(best)]


def as_markdown(rows: Sequence[Row]) -> str:
    """The table of the data card, with both metrics on the scale 0 to 100, and their signatures."""
    lines = ["| document | baseline | items | BLEU | ROUGE-L |", "| --- | --- | ---: | ---: | ---: |"]
    for row in rows:
        cells = (row.document, row.baseline, str(row.bleu.n), _cell(row.bleu), _cell(row.rouge_l, 100))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", rows[0].bleu.signature, rows[0].rouge_l.signature])


def _cell(figure: Estimate, scale: float = 1) -> str:
    return f"{scale * figure.value:.1f} [{scale * figure.low:.1f}, {scale * figure.high:.1f}]"


if __name__ == "__main__":
    minilm = Embedder(locate(MINILM))
    print(as_markdown([row for folder in shipped() for row in copy_baselines(folder, minilm)]))
