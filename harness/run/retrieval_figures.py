"""Recall and mean reciprocal rank of the right passage, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from baselines.retrieval.measure import GoldRank
from harness.recipe.recipe import Recipe
from harness.statistics import Estimate, Resampler, estimate
from harness.statistics.values import Values, mean_values

#: The depths that are always measured, besides the recipe's own.
_DEPTHS = (1, 3, 5)


def retrieval_figures(recipe: Recipe, ranks: Mapping[str, Sequence[GoldRank]]) -> dict[str, dict[str, Estimate]]:
    """By retriever and column: `recall@k` for 1, 3, 5 and the recipe's `top_k`, in [0, 1], and `mrr`.

    Recall@k is the share of items whose right passage is among the first k, MRR the mean of 1 / its rank, 0 where it is
    not found (Voorhees 1999). Items without a right passage are unscored. Sections are resampled as a recipe says.
    """
    settings, found = recipe.statistics, {}
    depths = sorted({*_DEPTHS, *([recipe.retrieval.top_k] if recipe.retrieval else [])})
    for retriever, some in ranks.items():
        clusters = [one.section for one in some] if settings.clusters == "section" else None
        resampler = Resampler(len(some), clusters, settings.resamples, recipe.seed)
        columns = {f"recall@{k}": rank_values(some, f"recall@{k}", partial(_found_within, k=k)) for k in depths}
        columns["mrr"] = rank_values(some, "mrr", _reciprocal)
        resampler.prepare(list(columns.values()), swaps=False)
        found[retriever] = {
            column: estimate(values, resampler, settings.confidence, settings.interval)
            for column, values in columns.items()
        }
    return found


def _found_within(rank: GoldRank, k: int) -> float:
    return rank.found_within(k)


def _reciprocal(rank: GoldRank) -> float:
    return rank.reciprocal


def rank_values(ranks: Sequence[GoldRank], column: str, value: Callable[[GoldRank], float]) -> Values:
    """A value for each item, NaN with the reason where it has no right passage."""
    reasons = [(at, one.why_unscored) for at, one in enumerate(ranks)]
    values = [math.nan if one.why_unscored else value(one) for one in ranks]
    signature = f"{column}|right passage holds the item's paragraph|passages:{ranks[0].passages}"
    return mean_values(values, signature, [(at, reason) for at, reason in reasons if reason])
