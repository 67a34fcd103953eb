"""How often the right passage is found: by embedding, by BM25, by both; with titles and without; for several bounds.

    python -m benchmarks.retrieval_recall                             # both documents, training questions
    python -m benchmarks.retrieval_recall --held-out --bounds 256     # what was chosen, on the held-out prompts

Settings are chosen on the first table, of training questions, and reported on the second; the two are never printed
together. Recall@k is in %, with 95% intervals from 10,000 resamples of whole sections. Only the answerable kinds count
(`baselines.retrieval.measure`); bound 0 keeps every paragraph apart. `--kinds` prints every kind by itself, those
without a passage that answers them too: there the paragraph that the item names counts as right.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from baselines.retrieval.index import Index
from baselines.retrieval.measure import ANSWERABLE, FLOORS, GoldRank, gold_ranks
from baselines.retrieval.passages import passages_of
from harness.recipe import parse_recipe
from harness.run.retrieval_figures import retrieval_figures
from tasks.data.folder import DataFolder, find
from tasks.data.types import KINDS
from valign.embedding import Embedder
from valign.models.locate import locate

_HEADER = ("document", "questions", "bound", "passages", "tokens", "titles", "retriever", "@1", "@3", "@5", "MRR")


def indexed(folder: DataFolder, embedder: Embedder, bound: int, titles: bool) -> Index:
    """A document's passages. titles: whether each carries its section's title."""
    count, longest = embedder.count_tokens, embedder.longest
    passages = passages_of(folder.document(), count, bound or longest or 256, longest, merge=bound > 0)
    if not titles:
        passages = [replace(one, title="") for one in passages]
    pieces = [piece for one in passages for piece in one.titled_pieces]
    return Index(passages, embedder.vectors(pieces, "document"), embedder)


def rows(
    folder: DataFolder, embedder: Embedder, bound: int, titles: bool, held_out: bool, kinds: Sequence[str]
) -> list[tuple[str, ...]]:
    """A row for each retriever, over the items of these kinds."""
    index = indexed(folder, embedder, bound, titles)
    items = [one for one in (folder.held_out() if held_out else folder.instructions()) if one.kind in kinds]
    ranks: dict[str, list[GoldRank]] = {}
    for rank in gold_ranks(items, index):
        ranks.setdefault(rank.retriever, []).append(replace(rank, kind=ANSWERABLE[0]))
    recipe = parse_recipe(
        {"name": "study", "document": folder.name, "seed_model": {"model": "none"}, "metrics": [{"name": "rouge"}],
         "systems": [{"name": "seed", "method": "seed"}]}, "study",
    )  # fmt: skip
    size = sum(embedder.count_tokens(one.text) for one in index.passages) / len(index.passages)
    named = (folder.name, f"{len(items)} {'held out' if held_out else 'training'}", str(bound))
    cut = (str(len(index.passages)), f"{size:.0f}", "yes" if titles else "no")
    found = []
    for retriever, figures in retrieval_figures(recipe, ranks).items():
        cells = [figures[column] for column in ("recall@1", "recall@3", "recall@5")]
        shown = [f"{100 * one.value:.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}]" for one in cells]
        found.append((*named, *cut, retriever, *shown, f"{figures['mrr'].value:.3f}"))
    return found


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", nargs="+", default=["bcg", "udhr"])
    parser.add_argument("--embedder", default="all-minilm-l6-v2")
    parser.add_argument("--bounds", type=int, nargs="+", default=[0, 128, 200, 256, 320, 400])
    parser.add_argument("--held-out", action="store_true", help="the held-out prompts in place of training questions")
    parser.add_argument("--titles-only", action="store_true", help="leave out the rows without titles")
    parser.add_argument("--kinds", action="store_true", help="a table for each kind of item")
    options = parser.parse_args()
    embedder = Embedder(locate(options.embedder))
    print(f"| {' | '.join(_HEADER)} |\n|{' --- |' * len(_HEADER)}")
    for name in options.documents:
        for kinds in [(kind,) for kind in KINDS] if options.kinds else [ANSWERABLE]:
            for bound in options.bounds:
                for titles in (True,) if options.titles_only or options.kinds else (True, False):
                    for row in rows(find(name), embedder, bound, titles, options.held_out, kinds):
                        if row[6] in FLOORS and not titles:
                            continue
                        kind = f" {kinds[0]}" if options.kinds else ""
                        print(f"| {' | '.join((row[0], row[1] + kind, *row[2:]))} |", flush=True)


if __name__ == "__main__":
    main()
