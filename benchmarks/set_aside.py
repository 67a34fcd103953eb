"""Validation of SFT settings on training items that are set aside, never on held-out items.

    python -m benchmarks.set_aside recipes/quickstart.yaml --set methods.sft.settings.num_train_epochs=6

A fifth of each document's instruction data is set aside, by a hash of the ids. SFT trains on the rest with the
recipe's seed model and settings, and answers the prompts that were set aside. Printed are the loss on both parts (nats
per answer token), BLEU, ROUGE-L, the answers' length relative to the references, repetition (share of 3-word sequences
that occur earlier in the answer), and the seconds of training. `--seeds 0 1 2` shows the variance between seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alignment.method import TrainingJob
from alignment.rows import instruction_rows
from baselines.registry import METHODS
from benchmarks.model_answers import answers, rendered, scores
from harness.models.backends import build_model
from harness.recipe.recipe import Backend, Recipe, load_recipe
from harness.run.executor import settle_torch
from harness.stages.setup import Setup
from tasks.data.folder import find
from tasks.data.sampling import stratified
from tasks.data.types import Instruction

_PARTS = 5


def split(items: Sequence[Instruction]) -> tuple[list[Instruction], list[Instruction]]:
    """The items to train on, and the fifth that is set aside."""
    aside = [int(hashlib.sha256(item.id.encode()).hexdigest(), 16) % _PARTS == 0 for item in items]
    return [i for i, a in zip(items, aside, strict=True) if not a], [i for i, a in zip(items, aside, strict=True) if a]


def loss(model: Any, items: Sequence[Instruction]) -> float:
    """Mean loss of the answers in nats per token, end token included."""
    from lm_eval.api.instance import Instance

    end = model.tok_decode(model.eot_token_id, skip_special_tokens=False)
    pairs = [(rendered(model, item.prompt), item.completion + end) for item in items]
    requests = [Instance("loglikelihood", {}, pair, at) for at, pair in enumerate(pairs)]
    total = sum(value for value, _ in model.loglikelihood(requests))
    return -total / sum(len(model.tok_encode(answer)) for _, answer in pairs)


def repetition(text: str, run: int = 3) -> float:
    """Share in [0, 1] of a text's word sequences that occur earlier in it."""
    words = text.lower().split()
    runs = [tuple(words[at : at + run]) for at in range(len(words) - run + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def study(recipe: Recipe, document: str, seed: int, printed: int, items: int | None) -> None:
    """Train on one document with one seed and print a line."""
    learned, aside = split(find(document).instructions())
    aside = [aside[at] for at in stratified([(i.section, i.kind) for i in aside], [""] * len(aside), items)]
    setup, training = Setup.of(recipe), recipe.methods["sft"]
    settle_torch(recipe.model_copy(update={"seed": seed}))
    with tempfile.TemporaryDirectory() as folder:
        job = TrainingJob(
            setup.seed_model, instruction_rows(learned), Path(folder), seed, device=setup.device,
            dtype=setup.weights_dtype, bf16=setup.bf16, settings=training.settings, lora=training.lora,
        )  # fmt: skip
        start = time.perf_counter()
        METHODS.find("sft").train(job)
        seconds = time.perf_counter() - start
        model = build_model(Backend(batch_size=recipe.backend.batch_size), folder, setup.device, setup.dtype)
    texts = answers(model, [item.prompt for item in aside], recipe.generation)
    references = [item.completion for item in aside]
    every = max(1, len(learned) // len(aside))
    length = sum(len(t.split()) for t in texts) / sum(len(r.split()) for r in references)
    print(
        f"{document} seed {seed}, {len(learned)} learned, {len(aside)} set aside: loss {loss(model, aside):.3f},"
        f" learned {loss(model, learned[::every]):.3f}, {scores(texts, references)}, length {length:.2f},"
        f" repeated {sum(map(repetition, texts)) / len(texts):.3f}, {seconds:.0f} s",
        flush=True,
    )
    for item, text in list(zip(aside, texts, strict=True))[:printed]:
        print(f"  > {item.prompt}\n    {text}", flush=True)


def main() -> None:
    """Study every document of a recipe with every seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="A.B=VALUE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--items", type=int, help="items set aside that are answered, over all sections and kinds; all")
    parser.add_argument("--show", type=int, default=0, help="answers to print")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe, options.changes)
    for document in recipe.documents:
        for seed in options.seeds:
            study(recipe, document, seed, options.show, options.items)


if __name__ == "__main__":
    main()
