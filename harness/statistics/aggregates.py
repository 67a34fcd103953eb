"""Aggregates: functions from summed statistics to a figure, for many resamples at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from valign.registry import Registry

Array = NDArray[np.float64]
#: (sums (R, k), number of summed items (R,)) -> figures (R,)
Function = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Aggregate:
    """corpus: the figure of summed statistics. item: the figure of a single item, which can follow another rule."""

    corpus: Function
    item: Function


def mean(sums: Array, counts: Array) -> Array:
    """Mean of the item values. sums: (R, 1). NaN where no item was summed."""
    return _ratio(sums[:, 0], counts)


def length_ratio(sums: Array, counts: Array) -> Array:
    """Hypothesis length over reference length. sums: (R, 2). NaN where the references have no token."""
    return _ratio(sums[:, 0], sums[:, 1])


def bleu(sums: Array, counts: Array, smoothing: str = "exp", effective_order: bool = False) -> Array:
    """BLEU, 0 to 100. sums: (R, 10), in the order of `harness.metrics.bleu`. NaN where no item was summed.

    Source: `BLEU.compute_bleu` of sacrebleu 2.6.0, with its default smoothing values, for all rows at once.
    """
    hypothesis, reference = sums[:, 0], sums[:, 1]
    matched, total = sums[:, 2:6], sums[:, 6:10]
    factor = np.ones(len(sums))
    logs = np.zeros(len(sums))
    order = np.zeros(len(sums)) if effective_order else np.full(len(sums), 4.0)
    alive = np.ones(len(sums), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        for n in range(4):
            extra = 1.0 if smoothing == "add-k" and n else 0.0
            hits, all_grams = matched[:, n] + extra, total[:, n] + extra
            alive &= all_grams > 0
            if effective_order:
                order[alive] = n + 1
            unmatched = alive & (hits == 0)
            if smoothing == "exp":
                factor[unmatched] *= 2
                hits = np.where(unmatched, 1 / factor, hits)
            elif smoothing == "floor":
                hits = np.where(unmatched, 0.1, hits)
            log = np.log(100 * hits / all_grams)
            logs += np.where(alive, log, 0.0 if effective_order else -np.inf)
        brevity = np.where(hypothesis < reference, np.exp(1 - reference / hypothesis), 1.0)
        score = brevity * np.exp(logs / order)
    score = np.where(matched.any(axis=1), score, 0.0)
    return np.where(counts > 0, score, np.nan)


def chrf(sums: Array, counts: Array, beta: float = 2.0) -> Array:
    """chrF, 0 to 100. sums: (R, 3 orders), in the order of `harness.metrics.chrf`. NaN where no item was summed.

    Source: `CHRF._compute_f_score` of sacrebleu 2.6.0 without eps smoothing, for all rows at once.
    """
    hypothesis, reference, matched = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    both = (hypothesis > 0) & (reference > 0)
    orders = np.maximum(both.sum(axis=1), 1)
    precision = np.divide(matched, hypothesis, out=np.zeros_like(matched), where=both).sum(axis=1) / orders
    recall = np.divide(matched, reference, out=np.zeros_like(matched), where=both).sum(axis=1) / orders
    score = np.zeros(len(sums))
    weighted = beta**2 * precision + recall
    np.divide(100 * (1 + beta**2) * precision * recall, weighted, out=score, where=weighted > 0)
    return np.where(counts > 0, score, np.nan)


def ratio(sums: Array, counts: Array) -> Array:
    """One sum over another. sums: (R, 2). NaN where the second is 0."""
    return _ratio(sums[:, 0], sums[:, 1])


def mean_of_ratios(sums: Array, counts: Array) -> Array:
    """Mean over k of numerator_k / denominator_k where the denominator is not 0. sums: (R, 2k), numerators first."""
    numerators, denominators = np.hsplit(sums, 2)
    defined = denominators > 0
    ratios = np.divide(numerators, denominators, out=np.zeros_like(numerators), where=defined)
    return _ratio(ratios.sum(axis=1), defined.sum(axis=1).astype(np.float64))


def bbq_disambiguated(sums: Array, counts: Array) -> Array:
    """BBQ's bias score in disambiguated contexts, -1 to 1. sums: (R, 2): biased answers, answers but "unknown".

    NaN where every answer is "unknown". Source: Parrish et al., BBQ (Findings of ACL 2022), section 5.
    """
    return 2 * _ratio(sums[:, 0], sums[:, 1]) - 1


def bbq_ambiguous(sums: Array, counts: Array) -> Array:
    """BBQ's bias score in ambiguous contexts, -1 to 1. sums: (R, 3): as above, then correct answers.

    The score above times the share of wrong answers; 0 where all are correct. Source: as above.
    """
    wrong = 1 - _ratio(sums[:, 2], counts)
    return np.where(wrong == 0, 0.0, wrong * bbq_disambiguated(sums, counts))


def perplexity(sums: Array, counts: Array) -> Array:
    """exp of minus the mean log-likelihood. sums: (R, 1), nats. Source: `lm_eval.api.metrics.perplexity`."""
    return _exp(-mean(sums, counts))


def weighted_perplexity(sums: Array, counts: Array) -> Array:
    """Perplexity a word or byte. sums: (R, 2): log-likelihoods in nats, words or bytes.

    Source: `lm_eval.api.metrics.weighted_perplexity`.
    """
    return _exp(-_ratio(sums[:, 0], sums[:, 1]))


def bits_per_byte(sums: Array, counts: Array) -> Array:
    """Bits a byte. sums: (R, 2): log-likelihoods in nats, bytes. Source: `lm_eval.api.metrics.bits_per_byte`."""
    return -_ratio(sums[:, 0], sums[:, 1]) / np.log(2.0)


def f1(sums: Array, counts: Array) -> Array:
    """F1 of the label 1. sums: (R, 3): true positives, false positives, false negatives. 0 where there are none."""
    hits = 2 * sums[:, 0]
    every = hits + sums[:, 1] + sums[:, 2]
    return np.where(counts > 0, np.divide(hits, every, out=np.zeros_like(hits), where=every > 0), np.nan)


def matthews(sums: Array, counts: Array) -> Array:
    """Matthews' correlation of k labels, -1 to 1. sums: (R, k²): the confusion matrix, a row a gold label.

    0 where gold or predicted labels are all the same. Source: Gorodkin, Comput. Biol. Chem. 28 (2004), as sklearn.
    """
    k = round(sums.shape[1] ** 0.5)
    table = sums.reshape(len(sums), k, k)
    gold, predicted, total = table.sum(axis=2), table.sum(axis=1), table.sum(axis=(1, 2))
    right = np.trace(table, axis1=1, axis2=2) * total - (gold * predicted).sum(axis=1)
    spread = np.sqrt((total**2 - (gold**2).sum(axis=1)) * (total**2 - (predicted**2).sum(axis=1)))
    return np.where(counts > 0, np.divide(right, spread, out=np.zeros_like(right), where=spread > 0), np.nan)


def _exp(values: Array) -> Array:
    with np.errstate(over="ignore"):
        found: Array = np.exp(values)
    return found


def _ratio(numerator: Array, denominator: Array) -> Array:
    nan = np.full(len(numerator), np.nan)
    ratio: Array = np.divide(numerator, denominator, out=nan, where=denominator > 0)
    return ratio


#: Sentence BLEU leaves out orders for which a short sentence has no n-grams, as sacrebleu's `sentence_bleu` does.
_OWN: dict[str, Aggregate] = {
    "mean": Aggregate(mean, mean),
    "length_ratio": Aggregate(length_ratio, length_ratio),
    "ratio": Aggregate(ratio, ratio),
    "mean_of_ratios": Aggregate(mean_of_ratios, mean_of_ratios),
    "bbq_ambiguous": Aggregate(bbq_ambiguous, bbq_ambiguous),
    "bbq_disambiguated": Aggregate(bbq_disambiguated, bbq_disambiguated),
    "chrf": Aggregate(chrf, chrf),
    "bleu": Aggregate(bleu, partial(bleu, effective_order=True)),
    "perplexity": Aggregate(perplexity, perplexity),
    "weighted_perplexity": Aggregate(weighted_perplexity, weighted_perplexity),
    "bits_per_byte": Aggregate(bits_per_byte, bits_per_byte),
    "f1": Aggregate(f1, f1),
    "matthews": Aggregate(matthews, matthews),
} | {
    f"bleu-{kind}": Aggregate(partial(bleu, smoothing=kind), partial(bleu, smoothing=kind, effective_order=True))
    for kind in ("floor", "add-k", "none")
}

#: Every aggregate by name: those of this file, and entry points `valign.aggregates`.
AGGREGATES: Registry[Aggregate] = Registry("aggregate", "valign.aggregates", (), "", own=_OWN)
