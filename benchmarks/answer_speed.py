"""Answers and likelihoods on a CPU: valign's `hf` model against lm-eval's own, side by side in one run.

    python benchmarks/answer_speed.py --prompts 256 --dtype bfloat16

Prompts are retrieval prompts of the shipped document `bcg`: a training question below two passages of it. Each model
answers all of them, then weighs both answers of as many preference pairs; a batch before each warms both up. How many
results of each are those of lm-eval in float32 says whether a difference is a loss or another rounding.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from alignment.weights import locate
from tasks.document import chunk_document
from tasks.folder import find


def material(count: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Prompts, and (prompt, answer) twice a preference pair."""
    data = find("bcg")
    chunks = [chunk.text for chunk in chunk_document(data.document())]
    passages = ["\n\n".join(chunks[at : at + 3]) for at in range(0, len(chunks), 3)]

    def shown(at: int, question: str) -> str:
        texts = f"{passages[at % len(passages)]}\n\n{passages[(7 * at + 3) % len(passages)]}"
        return f"<|user|>{texts}\n\nQuestion: {question}<|end|><|assistant|>"

    prompts = [shown(at, example.prompt) for at, example in enumerate(data.instructions()[:count])]
    pairs = [(shown(at, pair.prompt), pair) for at, pair in enumerate(data.preferences()[:count])]
    return prompts, [(prompt, text) for prompt, pair in pairs for text in (pair.chosen, pair.rejected)]


def timed(model: Any, kind: str, arguments: list[tuple[Any, ...]]) -> tuple[float, list[Any]]:
    """Seconds that `model` takes for requests of a kind, and what it gives."""
    from lm_eval.api.instance import Instance

    requests = [Instance(kind, {}, given, at) for at, given in enumerate(arguments)]
    start = time.perf_counter()
    found = getattr(model, kind)(requests, disable_tqdm=True)
    return time.perf_counter() - start, found


def main() -> None:
    """Runs both and prints their times, the ratio, and how many results differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:alignment/seed/weights")
    parser.add_argument("--prompts", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dtype", default="bfloat16")
    options = parser.parse_args()

    from lm_eval.models.huggingface import HFLM

    from harness.hf_model import LeanHFLM

    prompts, weighed = material(options.prompts)
    settings = {"until": [], "max_gen_toks": 32, "do_sample": False}
    asked: dict[str, list[tuple[Any, ...]]] = {
        "generate_until": [(prompt, dict(settings)) for prompt in prompts],
        "loglikelihood": list(weighed),
    }
    given = {"pretrained": str(locate(options.model)), "device": "cpu", "batch_size": options.batch}
    models = [kind(**given, dtype=options.dtype) for kind in (HFLM, LeanHFLM)]
    exact = HFLM(**given, dtype="float32")
    for kind, arguments in asked.items():
        for model in models:
            timed(model, kind, arguments[: options.batch])
        (peer, theirs), (own, ours) = (timed(model, kind, arguments) for model in models)
        print(f"{kind}: lm-eval {peer:.2f} s, valign {own:.2f} s, ratio {peer / own:.2f}")
        _, truth = timed(exact, kind, arguments)
        print(f"    to each other: {near(theirs, ours)}")
        print(f"    to lm-eval in float32: lm-eval {near(theirs, truth)}, valign {near(ours, truth)}")


def near(found: list[Any], wanted: list[Any]) -> str:
    """How many answers are equal, or how far apart likelihoods are on average."""
    pairs = list(zip(found, wanted, strict=True))
    if isinstance(found[0], str):
        return f"{sum(a == b for a, b in pairs)} of {len(pairs)} equal"
    return f"{sum(abs(a[0] - b[0]) for a, b in pairs) / len(pairs):.5f} nats"


if __name__ == "__main__":
    main()
