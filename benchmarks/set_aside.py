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
from harness.execute import settle_torch
from harness.methods import find_method
from harness.plan import resolve_device
from harness.recipe import Recipe, load_recipe
from tasks.folder import find
from tasks.types import Instruction

_PARTS = 5


def parted(items: Sequence[Instruction]) -> tuple[list[Instruction], list[Instruction]]:
    """What is learned from, and the fifth that is set aside."""
    aside = [int(hashlib.sha256(item.id.encode()).hexdigest(), 16) % _PARTS == 0 for item in items]
    return [i for i, a in zip(items, aside, strict=True) if not a], [i for i, a in zip(items, aside, strict=True) if a]


def losses(model: Any, tokenizer: Any, items: Sequence[Instruction]) -> float:
    """Mean loss of the answers in nats a token, the end of the answer included."""
    import torch

    total, count = 0.0, 0
    for item in items:
        turns = [{"role": "user", "content": item.prompt}]
        prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        start = len(tokenizer(prompt)["input_ids"])
        ids = torch.tensor([tokenizer(prompt + item.completion)["input_ids"] + [tokenizer.eos_token_id]])
        with torch.no_grad():
            logits = model(ids).logits[0, start - 1 : -1]
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, start:], reduction="sum"))
        count += ids.shape[1] - start
    return total / count


def answers(model: Any, tokenizer: Any, prompts: Sequence[str], tokens: int, batch: int = 64) -> list[str]:
    """Greedy answers of at most `tokens` tokens."""
    import torch

    tokenizer.padding_side = "left"
    found = []
    for at in range(0, len(prompts), batch):
        turns = [[{"role": "user", "content": prompt}] for prompt in prompts[at : at + batch]]
        shown = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        given = tokenizer(shown, return_tensors="pt", padding=True, return_token_type_ids=False)
        with torch.no_grad():
            ids = model.generate(**given, max_new_tokens=tokens, do_sample=False)
        found += tokenizer.batch_decode(ids[:, given["input_ids"].shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in found]


def repeated(text: str, run: int = 3) -> float:
    """Share of a text's word sequences that stand in it before, in [0, 1]."""
    words = text.lower().split()
    runs = [tuple(words[at : at + run]) for at in range(len(words) - run + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def study(recipe: Recipe, document: str, seed: int, shown: int) -> None:
    """Train on one document with one seed and print a line."""
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer
    from transformers import AutoModelForCausalLM, AutoTokenizer

    learned, aside = parted(find(document).instructions())
    training = recipe.methods["sft"]
    settle_torch(seed, recipe.hardware.threads)
    with tempfile.TemporaryDirectory() as folder:
        rows = instruction_rows(learned)
        job = TrainingJob(
            locate(recipe.seed_model.model), rows, Path(folder), seed,
            resolve_device(recipe.hardware.device), recipe.hardware.dtype, training.settings, training.lora,
        )  # fmt: skip
        start = time.perf_counter()
        find_method("sft").train(job)
        seconds = time.perf_counter() - start
        model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    model.eval()
    texts = answers(model, tokenizer, [item.prompt for item in aside], recipe.generation.max_gen_toks)
    references = [item.completion for item in aside]
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    rouge = sum(scorer.score(r, t)["rougeL"].fmeasure for r, t in zip(references, texts, strict=True)) / len(texts)
    length = sum(len(t.split()) for t in texts) / sum(len(r.split()) for r in references)
    print(
        f"{document} seed {seed}: loss {losses(model, tokenizer, aside):.3f}, learned"
        f" {losses(model, tokenizer, learned[::8]):.3f}, BLEU {sacrebleu.corpus_bleu(texts, [references]).score:.2f},"
        f" ROUGE-L {rouge:.4f}, length {length:.2f}, repeated {sum(map(repeated, texts)) / len(texts):.3f},"
        f" {seconds:.0f} s",
        flush=True,
    )
    for item, text in list(zip(aside, texts, strict=True))[:shown]:
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
