"""Bradley-Terry strengths and Elo ratings of the systems that a judge compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import VerdictArrays
from harness.statistics import Estimate, Resampler
from harness.statistics.interval import interval

Array = NDArray[np.float64]

#: Points added to both sides of each compared pair, so that a system without a win or a loss has a finite strength.
_PSEUDO_POINTS = 1e-9
_TOLERANCE, _ITERATIONS = 1e-9, 1000
#: Resamples that are fitted together, to bound memory.
_BLOCK = 1000


def points_matrix(verdicts: VerdictArrays) -> Array:
    """float64 (items, systems, systems): points of the row's system against the column's on each item, a tie half.

    Every usable verdict counts, so an item judged in both orders counts twice.
    """
    wins = np.zeros((len(verdicts.items), len(verdicts.systems), len(verdicts.systems)))
    usable = verdicts.parsed
    item, first, second = verdicts.item[usable], verdicts.first[usable], verdicts.second[usable]
    np.add.at(wins, (item, first, second), verdicts.gained[usable])
    np.add.at(wins, (item, second, first), 1.0 - verdicts.gained[usable])
    return wins


def bradley_terry(points: Array) -> Array:
    """Strengths of the systems, float64 (systems,), positive with sum 1: i beats j with probability s_i / (s_i + s_j).

    points: (systems, systems), summed over items. A system without a usable verdict has NaN. Fitted by evalica.
    Source: Bradley and Terry, Biometrika 39 (1952).
    """
    import evalica
    import pandas

    compared = (points + points.T) > 0
    judged = compared.any(axis=1)
    strengths = np.full(len(points), np.nan)
    rows, columns = np.nonzero(compared)
    if not len(rows):
        return strengths
    result = evalica.bradley_terry(
        rows.tolist(), columns.tolist(), [evalica.Winner.X] * len(rows),
        index=pandas.Index(range(len(points))), weights=(points + _PSEUDO_POINTS)[rows, columns].tolist(),
        tolerance=_TOLERANCE, limit=_ITERATIONS,
    )  # fmt: skip
    scores = result.scores.sort_index().to_numpy()
    strengths[judged] = scores[judged] / scores[judged].sum()
    return strengths


def strengths(verdicts: VerdictArrays, resampler: Resampler, confidence: float = 0.95) -> dict[str, Estimate]:
    """Each system's Bradley-Terry strength with its bootstrap interval; the strengths sum to 1."""
    points = points_matrix(verdicts)
    n_items = len(points)
    value, replicates = bradley_terry(points.sum(axis=0)), strength_replicates(points, resampler)
    judged = np.asarray((points + points.transpose(0, 2, 1) > 0).any(axis=2))
    signature = f"bradley-terry|evalica|sum 1|{resampler.signature}|ci:percentile-{confidence:g}"
    found = {}
    for number, name in enumerate(verdicts.systems):
        units = np.unique(resampler.unit_of_item[judged[:, number]]).astype(np.float64)
        low, high = interval("percentile", replicates[:, number], float(value[number]), units, confidence)
        n = int(judged[:, number].sum())
        found[name] = Estimate(float(value[number]), low, high, n, n_items - n, signature)
    return found


def strength_replicates(points: Array, resampler: Resampler) -> Array:
    """float64 (R, systems): the strengths of each bootstrap resample. points: see `points_matrix`."""
    n_items, n_systems = points.shape[:2]
    by_item = points.reshape(n_items, -1)
    blocks = (block for chunk in resampler.weights() for block in _blocks(chunk))
    sums = ((block.astype(np.float64) @ by_item).reshape(-1, n_systems, n_systems) for block in blocks)
    return np.concatenate([fit_many(one) for one in sums])


def _blocks(weights: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(weights), _BLOCK):
        yield weights[start : start + _BLOCK]


def fit_many(points: Array) -> Array:
    """`bradley_terry` of many matrices at once, for resamples: (R, systems, systems) -> (R, systems).

    The iteration converges faster than Zermelo's. Source: Newman, JMLR 24 (2023), equation 17.
    """
    compared = (points + points.transpose(0, 2, 1)) > 0
    wins = np.where(compared, points + _PSEUDO_POINTS, 0.0)
    losses = wins.transpose(0, 2, 1)
    judged = compared.any(axis=2)
    count = np.maximum(judged.sum(axis=1, keepdims=True), 1)
    scores = np.ones(points.shape[:2])
    for _ in range(_ITERATIONS):
        before = scores.copy()
        for one in range(points.shape[1]):  # one after the other: a joint update oscillates
            together = scores[:, one, None] + scores
            top = (wins[:, one] * scores / together).sum(axis=1)
            bottom = (losses[:, one] / together).sum(axis=1)
            scores[:, one] = np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0)
        scores /= np.exp(np.where(judged, np.log(scores), 0.0).sum(axis=1, keepdims=True) / count)
        if np.abs(scores / (1 + scores) - before / (1 + before)).max(initial=0.0) < _TOLERANCE:
            break
    scores = np.where(judged, scores, np.nan)
    return np.asarray(scores / np.nansum(scores, axis=1, keepdims=True))


def elo(firsts: Sequence[str], seconds: Sequence[str], gains: Sequence[float], k: float = 4.0) -> dict[str, float]:
    """Elo ratings (start 1000, scale 400) after the matches in order; gains: 1, 0 or 0.5 for the first system.

    Elo depends on the order of the matches; for a finished set prefer `strengths`.

    Raises:
        ValueError: a gain is not 1, 0 or 0.5.
    """
    import evalica

    outcome = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y, 0.5: evalica.Winner.Draw}
    if unknown := sorted(set(gains) - set(outcome)):
        raise ValueError(f"Elo: expected gains of 1, 0 and 0.5, found {unknown[0]}")
    scores = evalica.elo(list(firsts), list(seconds), [outcome[gain] for gain in gains], k=k).scores
    return {str(name): float(score) for name, score in scores.items()}
