"""How many passages serve the retrieval baselines best: answers to training questions, which neither model has seen.

    valign run recipes/quickstart.yaml
    python -m benchmarks.retrieval_depth runs/quickstart --passages 1 2 3

Of every document of a finished run, the seed model and `c-fine-tuned` answer every third training question with so many
passages; neither learned from a question, and the held-out ones stay untouched. Printed are BLEU, ROUGE-L and seconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from baselines.index import read_index
from baselines.retrieval import RetrievalLM
from benchmarks.asking import answers, scores
from harness import lm_eval_bridge as bridge
from harness.execute import settle_torch
from harness.plan import DocumentPlan, Planner
from harness.recipe import load_recipe
from harness.store import Store
from tasks.encoder import load_sentence_encoder


def study(planner: Planner, plan: DocumentPlan, store: Store, depths: list[int], every: int) -> None:
    """Print a line for each model and depth on one document."""
    recipe, encoder = planner.recipe, load_sentence_encoder(planner.embedder or "", planner.device)
    questions = [item.prompt for item in plan.document.instructions()[::every]]
    references = [item.completion for item in plan.document.instructions()[::every]]
    index = read_index(store.path(planner.index_step(plan.document).artefact), encoder)
    index.expect(questions)
    checkpoint = str(store.path(plan.checkpoints["c-fine-tuned"].artefact))
    for name, path in (("seed", planner.seed_model), ("c-fine-tuned", checkpoint)):
        model = bridge.build_model(recipe.backend, path, planner.device, recipe.hardware.dtype)
        for depth in depths:
            start = time.perf_counter()
            texts = answers(RetrievalLM(model, index, depth, planner.template or ""), questions, recipe.generation)
            print(
                f"{plan.document.name} {name}, {depth} passages, {len(questions)} questions:"
                f" {scores(texts, references)}, {time.perf_counter() - start:.1f} s",
                flush=True,
            )


def main() -> None:
    """Study every document of a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--every", type=int, default=3, help="ask every so many-th training question")
    options = parser.parse_args()
    planner = Planner(load_recipe(options.run / "recipe.yaml"))
    settle_torch(planner.recipe.seed, planner.recipe.hardware.threads)
    for plan in planner.plan():
        study(planner, plan, Store(options.run / "artefacts"), options.passages, options.every)


if __name__ == "__main__":
    main()
