"""The best number of passages for the retrieval baselines, measured on training questions that neither model has seen.

    valign run recipes/quickstart.yaml
    python -m benchmarks.retrieval_depth runs/quickstart --passages 1 2 3

For every document of a finished run, the seed model and `c-fine-tuned` answer every third training question with each
number of passages. Neither was trained on questions, and the held-out prompts stay unused. Printed are BLEU, ROUGE-L
and seconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from baselines.retrieval.index import read_index
from baselines.retrieval.model import RetrievalLM
from benchmarks.model_answers import answers, scores
from harness.models.backends import build_model
from harness.recipe.recipe import load_recipe
from harness.run.executor import settle_torch
from harness.run.plan import DocumentPlan, make_plan
from harness.run.store import Store
from harness.stages.setup import Setup
from valign.embedding import Embedder


def study(setup: Setup, plan: DocumentPlan, store: Store, depths: list[int], every: int) -> None:
    """Print a line for each model and number of passages on one document."""
    recipe, items = setup.recipe, plan.folder.instructions()[::every]
    questions, references = [item.prompt for item in items], [item.completion for item in items]
    paths = {(stage.kind, stage.name): str(store.path(stage)) for stage in plan.stages}
    name = plan.folder.name
    index = read_index(Path(paths["index", name]), Embedder(setup.embedder or "", setup.device))
    index.embed_questions(questions)
    for method, path in (("seed", setup.seed_model), ("c-fine-tuned", paths["checkpoint", f"{name}-c-fine-tuned"])):
        model = build_model(recipe.backend, path, setup.device, recipe.hardware.dtype)
        for depth in depths:
            start = time.perf_counter()
            texts = answers(RetrievalLM(model, index, depth, setup.template or ""), questions, recipe.generation)
            print(
                f"{name} {method}, {depth} passages, {len(questions)} questions:"
                f" {scores(texts, references)}, {time.perf_counter() - start:.1f} s",
                flush=True,
            )


def main() -> None:
    """Study every document of a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--every", type=int, default=3, help="use every n-th training question")
    options = parser.parse_args()
    plan = make_plan(load_recipe(options.run / "recipe.yaml"))
    settle_torch(plan.setup.recipe)
    for document in plan.documents:
        study(plan.setup, document, Store(options.run / "artefacts"), options.passages, options.every)


if __name__ == "__main__":
    main()
