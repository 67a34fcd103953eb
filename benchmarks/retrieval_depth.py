"""The number of passages to show, by recall and by the quality of answers, on training questions that nobody learned.

    python -m benchmarks.retrieval_depth recipes/small.yaml --passages 1 2 3 5
    python -m benchmarks.retrieval_depth recipes/small.yaml --checkpoint FOLDER

For every document of the recipe, its seed model (or a checkpoint that no question was shown to, as c-fine-tuned)
answers training questions of the answerable kinds with each number of passages, and with the right passage alone, which
shows what a perfect retrieval would bring. The held-out prompts stay unused. Printed are the share of questions whose
right passage is shown, BLEU and ROUGE-L with 95% intervals over sections, and seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from baselines.retrieval.index import Found, Index
from baselines.retrieval.measure import ANSWERABLE, gold_ranks
from baselines.retrieval.model import RetrievalLM
from baselines.retrieval.passages import passages_of
from benchmarks.model_answers import answers, scores
from harness.models.backends import build_model
from harness.recipe.recipe import load_recipe
from harness.run.executor import settle_torch
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder, find
from tasks.data.sampling import stratified
from tasks.data.types import Instruction
from valign.embedding import Embedder


class RightPassage(Index):
    """Finds the right passage of each question, and nothing else."""

    def __init__(self, index: Index, items: Sequence[Instruction]) -> None:
        super().__init__(index.passages, index.vectors, index.embedder)
        self._chunks = {item.prompt: item.chunk for item in items}

    def search(self, questions: Sequence[str], top_k: int) -> list[list[Found]]:
        """The right passage of each question."""
        return [[Found(one, 1.0) for one in self.passages if self._chunks[q] in one.chunks][:1] for q in questions]


def study(setup: Setup, folder: DataFolder, path: str, depths: list[int], number: int) -> None:
    """Print a line for each number of passages on one document."""
    recipe, retrieval = setup.recipe, setup.retrieval
    every = [item for item in folder.instructions() if item.kind in ANSWERABLE]
    items = [every[at] for at in stratified([(i.section, i.kind) for i in every], [""] * len(every), number)]
    embedder = Embedder(setup.embedder or "", setup.device, retrieval.prompts)
    passages = passages_of(folder.document(), embedder.count_tokens, retrieval.chunk_tokens, embedder.longest)
    pieces = [piece for one in passages for piece in one.titled_pieces]
    index = Index(passages, embedder.vectors(pieces, "document"), embedder, retrieval.ranking)
    ranks = [one for one in gold_ranks(items, index) if one.retriever == retrieval.ranking]
    model = build_model(recipe.backend, path, setup.device, setup.dtype)
    template = setup.template or ""
    shown = [("no passage", model, 0.0)]
    for depth in depths:
        found = sum(one.found_within(depth) for one in ranks) / len(ranks)
        shown.append((f"{depth} passages", RetrievalLM(model, index, depth, template), found))
    shown.append(("right passage", RetrievalLM(model, RightPassage(index, items), 1, template), 1.0))
    questions, references = [item.prompt for item in items], [item.completion for item in items]
    for name, system, found in shown:
        start = time.perf_counter()
        texts = answers(system, questions, recipe.generation)
        scored = scores(texts, references, [item.section for item in items])
        seconds = time.perf_counter() - start
        line = f"{folder.name}, {len(items)} questions, {name}: shown {found:.1%}, {scored}, {seconds:.0f} s"
        print(line, flush=True)


def main() -> None:
    """Study every document of a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="A.B=VALUE")
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 2, 3, 5])
    parser.add_argument("--items", type=int, default=120, help="training questions, over all sections and kinds")
    parser.add_argument("--checkpoint", help="a checkpoint's folder in place of the seed model")
    options = parser.parse_args()
    setup = Setup.of(load_recipe(options.recipe, options.changes))
    settle_torch(setup.recipe)
    for name in setup.recipe.documents:
        study(setup, find(name), options.checkpoint or setup.seed_model, options.passages, options.items)


if __name__ == "__main__":
    main()
