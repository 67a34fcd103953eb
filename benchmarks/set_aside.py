"""What SFT settings give on training items set aside: the only items on which anything may be chosen.

    python -m benchmarks.set_aside recipes/quickstart.yaml --set methods.sft.settings.num_train_epochs=6

Of each document's instruction data a fifth is set aside, by a hash of the ids; SFT learns from the rest, with the
recipe's seed model and settings, and answers what was set aside. Printed are its loss there and on what it learned
from (nats a token of the answer), BLEU, ROUGE-L, the answers' length in shares of the references', how much an answer
repeats itself (share of its 3-word sequences that it has used before), and the seconds of training. `--seeds 0 1 2`
shows how much of a difference is luck.
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
from alignment.weights import locate
from benchmarks.asking import answers, scores, shown
from harness import lm_eval_bridge as bridge
from harness.execute import settle_torch
from harness.methods import find_method
from harness.plan import resolve_device
from harness.recipe import Backend, Recipe, load_recipe
from tasks.folder import find
from tasks.types import Instruction

_PARTS = 5


def parted(items: Sequence[Instruction]) -> tuple[list[Instruction], list[Instruction]]:
    """What is learned from, and the fifth that is set aside."""
    aside = [int(hashlib.sha256(item.id.encode()).hexdigest(), 16) % _PARTS == 0 for item in items]
    return [i for i, a in zip(items, aside, strict=True) if not a], [i for i, a in zip(items, aside, strict=True) if a]


def loss(model: Any, items: Sequence[Instruction]) -> float:
    """Mean loss of the answers in nats a token, the end of the answer included."""
    from lm_eval.api.instance import Instance

    end = model.tok_decode(model.eot_token_id, skip_special_tokens=False)
    pairs = [(shown(model, item.prompt), item.completion + end) for item in items]
    requests = [Instance("loglikelihood", {}, pair, at) for at, pair in enumerate(pairs)]
    total = sum(value for value, _ in model.loglikelihood(requests))
    return -total / sum(len(model.tok_encode(answer)) for _, answer in pairs)


def repeated(text: str, run: int = 3) -> float:
    """Share of a text's word sequences that stand in it before, in [0, 1]."""
    words = text.lower().split()
    runs = [tuple(words[at : at + run]) for at in range(len(words) - run + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def study(recipe: Recipe, document: str, seed: int, printed: int) -> None:
    """Train on one document with one seed and print a line."""
    learned, aside = parted(find(document).instructions())
    training, hardware = recipe.methods["sft"], recipe.hardware
    device = resolve_device(hardware.device)
    settle_torch(seed, hardware.threads)
    with tempfile.TemporaryDirectory() as folder:
        job = TrainingJob(
            locate(recipe.seed_model.model), instruction_rows(learned), Path(folder), seed, device, hardware.dtype,
            training.settings, training.lora,
        )  # fmt: skip
        start = time.perf_counter()
        find_method("sft").train(job)
        seconds = time.perf_counter() - start
        model = bridge.build_model(Backend(batch_size=recipe.backend.batch_size), folder, device, hardware.dtype)
    texts = answers(model, [item.prompt for item in aside], recipe.generation)
    references = [item.completion for item in aside]
    length = sum(len(t.split()) for t in texts) / sum(len(r.split()) for r in references)
    print(
        f"{document} seed {seed}, {len(learned)} learned, {len(aside)} set aside: loss {loss(model, aside):.3f},"
        f" learned {loss(model, learned[::8]):.3f}, {scores(texts, references)}, length {length:.2f},"
        f" repeated {sum(map(repeated, texts)) / len(texts):.3f}, {seconds:.0f} s",
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
    parser.add_argument("--show", type=int, default=0, help="answers to print")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe, options.changes)
    for document in recipe.documents:
        for seed in options.seeds:
            study(recipe, document, seed, options.show)


if __name__ == "__main__":
    main()
