"""How far several judges, or judges and humans, agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import Verdict
from harness.statistics import Estimate, Resampler, summarised

Array = NDArray[np.float64]
#: Resamples for α, which is no sum over items and is recomputed for each resample.
_RESAMPLES = 500


@dataclass(frozen=True)
class Agreement:
    """kappa: Cohen's κ of each pair of raters on the verdicts of both. alpha: nominal Krippendorff's α of all raters.

    Both are 1 for full agreement and 0 for agreement by chance. n: items that at least two raters rated.
    """

    raters: tuple[str, ...]
    kappa: Mapping[str, float]
    alpha: Estimate
    n: int


def category(share: float | None) -> float:
    """A share as a category: 1 above 0.5 (the first), 0 below (the second), 0.5 for a tie, NaN without a verdict."""
    return float("nan") if share is None or np.isnan(share) else float(np.sign(share - 0.5) + 1) / 2


def agreement(
    ratings: Mapping[str, Sequence[float]], item: Sequence[int], resampler: Resampler,
    confidence: float = 0.95, interval: str = "percentile",
) -> Agreement:  # fmt: skip
    """Agreement of raters. ratings: each rater's `category` of every verdict. item: index of each verdict's item."""
    from sklearn.metrics import cohen_kappa_score

    raters = tuple(ratings)
    table = np.array([ratings[name] for name in raters], dtype=np.float64)
    kappa = {}
    for a, b in combinations(range(len(raters)), 2):
        both = ~np.isnan(table[a]) & ~np.isnan(table[b])
        labels = [(table[rater][both] * 2).astype(int) for rater in (a, b)]
        constant = len({*labels[0].tolist(), *labels[1].tolist()}) < 2
        kappa[f"{raters[a]} and {raters[b]}"] = float("nan") if constant else float(cohen_kappa_score(*labels))
    alpha = _alpha_estimate(table, np.asarray(item, dtype=np.intp), resampler, confidence, interval)
    return Agreement(raters, kappa, alpha, alpha.n)


def jury_agreement(
    verdicts: Sequence[Verdict], items: Sequence[str], resampler: Resampler,
    confidence: float = 0.95, interval: str = "percentile",
) -> Agreement | None:  # fmt: skip
    """Agreement of a jury's members; None where the verdicts have no votes."""
    voted = [verdict for verdict in verdicts if verdict.votes]
    if not voted:
        return None
    place = {item: at for at, item in enumerate(items)}
    members = [member for member, _ in voted[0].votes]
    ratings = {member: [category(dict(verdict.votes)[member]) for verdict in voted] for member in members}
    return agreement(ratings, [place[verdict.item] for verdict in voted], resampler, confidence, interval)


def krippendorff_alpha(table: Array) -> float:
    """Krippendorff's α, nominal. table: (raters, verdicts), NaN where a rater has no verdict. NaN where undefined.

    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); computed by the package `krippendorff`.
    """
    import krippendorff

    rated_twice = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    if len(np.unique(rated_twice[~np.isnan(rated_twice)])) < 2:
        return float("nan")
    return float(krippendorff.alpha(reliability_data=rated_twice, level_of_measurement="nominal"))


def _alpha_estimate(
    table: Array, item: NDArray[np.intp], resampler: Resampler, confidence: float, interval: str
) -> Estimate:
    replicates: list[float] = []
    for chunk in resampler.weights():
        for weights in chunk[: _RESAMPLES - len(replicates)]:
            replicates.append(krippendorff_alpha(np.repeat(table, weights[item], axis=1)))
        if len(replicates) == _RESAMPLES:
            break
    rated = np.unique(item[(~np.isnan(table)).sum(axis=0) > 1])
    unit = resampler.unit_of_item[item]
    without = [krippendorff_alpha(table[:, unit != one]) for one in np.unique(resampler.unit_of_item[rated])]
    return summarised(
        np.array([krippendorff_alpha(table)]), np.array(replicates), np.array(without)[:, None],
        (len(rated), resampler.n_items - len(rated)), f"krippendorff alpha nominal|bs:{len(replicates)}",
        confidence, interval,
    )  # fmt: skip
