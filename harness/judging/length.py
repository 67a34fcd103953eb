"""Length bias: a judge's preference for longer answers, and win rates adjusted to equal length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import VerdictArrays
from harness.statistics import Estimate, Resampler
from harness.statistics.interval import interval

Array = NDArray[np.float64]

#: Weight of the ridge penalty: negligible beside hundreds of verdicts, it keeps the coefficient of a system that never
#: wins finite.
_RIDGE = 1e-3


@dataclass(frozen=True)
class LengthModel:
    """log-odds(first wins) = θ_first − θ_second + φ tanh(Δ / sd(Δ)) ± β, fitted to a run's own verdicts.

    Δ is the first answer's length minus the second's in characters; β is the position bias, left out unless the
    verdicts are in both orders. After length-controlled AlpacaEval (Dubois et al., arXiv 2404.04475, equation 2),
    without its prompt difficulty, which needs many systems, and without its regularisation on verbose and concise
    variants of one baseline, which a run does not have. So any effect correlated with length counts as a preference
    for length, even where longer answers are better.

    compared: bool (systems, systems), which pairs have a verdict. coefficients: θ of all systems but the last, whose θ
    is 0, then φ, then β. replicates: float64 (R, len(coefficients)). n, n_unscored: items.
    """

    systems: tuple[str, ...]
    compared: NDArray[np.bool_]
    coefficients: Array
    replicates: Array
    n: int
    n_unscored: int
    signature: str

    def effect(self, confidence: float, units: int) -> Estimate:
        """φ: the log-odds that a much longer answer gains; 0 means no length bias."""
        at = len(self.systems) - 1
        return self._estimate(float(self.coefficients[at]), self.replicates[:, at], confidence, units)

    def win_rates(self, confidence: float, units: int) -> dict[str, Estimate]:
        """Each system's win rate in [0, 1] at equal length (φ = 0): mean over its opponents and both orders."""
        values, replicates = self._win_rates(self.coefficients[None])[0], self._win_rates(self.replicates)
        return {
            name: self._estimate(float(values[number]), replicates[:, number], confidence, units)
            for number, name in enumerate(self.systems)
        }

    def _win_rates(self, coefficients: Array) -> Array:
        last = len(self.systems) - 1
        theta = np.column_stack([coefficients[:, :last], np.zeros(len(coefficients))])
        position = coefficients[:, last + 1] if coefficients.shape[1] > last + 1 else np.zeros(len(coefficients))
        odds = theta[:, :, None] - theta[:, None, :]
        wins = (_sigmoid(odds + position[:, None, None]) + _sigmoid(odds - position[:, None, None])) / 2
        opponents = self.compared.sum(axis=1)
        total = np.where(self.compared, wins, 0.0).sum(axis=2)
        return np.divide(total, opponents, out=np.full_like(total, np.nan), where=opponents > 0)

    def _estimate(self, value: float, replicates: Array, confidence: float, units: int) -> Estimate:
        low, high = interval("percentile", replicates, value, np.zeros(units), confidence)
        signature = f"{self.signature}|ci:percentile-{confidence:g}"
        return Estimate(value, low, high, self.n, self.n_unscored, signature)


def fit_length(verdicts: VerdictArrays, lengths: Array, resampler: Resampler) -> LengthModel | None:
    """Fit the model; None without a usable verdict. lengths: (systems, items), characters of each answer.

    Each replicate is one Newton step from the fit with the resample's weights, which equals a full fit to first order.
    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), 2.7.
    """
    usable = verdicts.parsed
    if not usable.any():
        return None
    design, gained = _design(verdicts, lengths)[usable], verdicts.gained[usable]
    coefficients = _fit(design, gained)
    chance = _sigmoid(design @ coefficients)
    items, width = len(verdicts.items), design.shape[1]
    slope, curvature = np.zeros((items, width)), np.zeros((items, width, width))
    np.add.at(slope, verdicts.item[usable], design * (gained - chance)[:, None])
    spread = (chance * (1 - chance))[:, None, None] * design[:, :, None] * design[:, None, :]
    np.add.at(curvature, verdicts.item[usable], spread)
    table = np.hstack([slope, curvature.reshape(items, -1)])
    sums = np.concatenate([chunk.astype(np.float64) @ table for chunk in resampler.weights()])
    ridge = _RIDGE * np.eye(width)
    slopes = sums[:, :width] - _RIDGE * coefficients
    steps = np.linalg.solve(sums[:, width:].reshape(-1, width, width) + ridge, slopes[:, :, None])[:, :, 0]
    compared = np.zeros((len(verdicts.systems),) * 2, dtype=bool)
    compared[verdicts.first[usable], verdicts.second[usable]] = True
    n = len(np.unique(verdicts.item[usable]))
    signature = f"logistic|length tanh(characters/sd)|ridge:{_RIDGE:g}|{resampler.signature}"
    return LengthModel(
        verdicts.systems, compared | compared.T, coefficients, coefficients + steps, n, items - n, signature
    )


def _design(verdicts: VerdictArrays, lengths: Array) -> Array:
    """float64 (n, systems or systems + 1): the systems compared, the length term, the position if both orders occur."""
    rows, n_systems = np.arange(len(verdicts.item)), len(verdicts.systems)
    systems = np.zeros((len(rows), n_systems))
    systems[rows, verdicts.first] += 1.0
    systems[rows, verdicts.second] -= 1.0
    difference = lengths[verdicts.first, verdicts.item] - lengths[verdicts.second, verdicts.item]
    spread = difference.std()
    length = np.tanh(difference / spread if spread > 0 else np.zeros_like(difference))
    columns = [systems[:, :-1], length[:, None]]
    if verdicts.swapped.any() and not verdicts.swapped.all():
        columns.append(np.where(verdicts.swapped, -1.0, 1.0)[:, None])
    return np.hstack(columns)


def _fit(design: Array, gained: Array) -> Array:
    """Maximum likelihood with soft outcomes: a verdict is a win of weight `gained` and a loss of weight 1 − gained."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / _RIDGE, fit_intercept=False, solver="newton-cholesky", tol=1e-8, max_iter=200)
    outcome = np.repeat([1, 0], len(gained))
    model.fit(np.vstack([design, design]), outcome, np.concatenate([gained, 1.0 - gained]))
    return np.asarray(model.coef_[0], dtype=np.float64)


def _sigmoid(x: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(x), dtype=np.float64)
