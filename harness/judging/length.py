"""Length bias: a judge's preference for longer answers, and win rates adjusted to equal length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.strengths import RIDGE, Fit, fit
from harness.judging.verdicts import VerdictArrays
from harness.statistics import Estimate, Resampler, summarised

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LengthModel:
    """The Bradley-Terry model of `strengths.fit` with covariates for length and position, fitted to a run's verdicts.

    log-odds(first wins) = θ_first − θ_second + φ tanh(Δ / sd(Δ)) ± β

    Δ is the first answer's length minus the second's in characters; β is the position bias, left out unless the
    verdicts are in both orders. After length-controlled AlpacaEval (Dubois et al., arXiv 2404.04475, equation 2),
    without its prompt difficulty, which needs many systems, and without its regularisation on verbose and concise
    variants of one baseline, which a run does not have. So any effect correlated with length counts as a preference
    for length, even where longer answers are better.

    fits: one for the verdicts of each training seed. compared: bool (systems, systems), which pairs have a verdict.
    counts: items with a verdict, and without.
    """

    systems: tuple[str, ...]
    fits: tuple[Fit, ...]
    compared: NDArray[np.bool_]
    counts: tuple[int, int]
    signature: str

    def effect(self, confidence: float = 0.95, interval: str = "percentile") -> Estimate:
        """φ: the log-odds that a much longer answer gains; 0 means no length bias."""
        return self._estimate(lambda coefficients: coefficients[:, len(self.systems)], confidence, interval)

    def win_rates(self, confidence: float = 0.95, interval: str = "percentile") -> dict[str, Estimate]:
        """Each system's win rate in [0, 1] at equal length (φ = 0): mean over its opponents and both orders."""

        def rate(number: int) -> Estimate:
            return self._estimate(lambda coefficients: self._win_rate(coefficients, number), confidence, interval)

        return {name: rate(number) for number, name in enumerate(self.systems)}

    def _win_rate(self, coefficients: Array, system: int) -> Array:
        from scipy.special import expit

        opponents, last = np.flatnonzero(self.compared[system]), len(self.systems)
        if not len(opponents):
            return np.full(len(coefficients), np.nan)
        odds = coefficients[:, system, None] - coefficients[:, opponents]
        position = coefficients[:, last + 1 :] if coefficients.shape[1] > last + 1 else 0.0
        return np.asarray(((expit(odds + position) + expit(odds - position)) / 2).mean(axis=1))

    def _estimate(self, figure: Callable[[Array], Array], confidence: float, interval: str) -> Estimate:
        return summarised(
            np.array([figure(one.coefficients[None])[0] for one in self.fits]),
            np.mean([figure(one.replicates) for one in self.fits], axis=0),
            np.stack([figure(one.without) for one in self.fits], axis=1),
            self.counts, self.signature, confidence, interval,
        )  # fmt: skip


def fit_length(worlds: Sequence[VerdictArrays], lengths: Sequence[Array], resampler: Resampler) -> LengthModel | None:
    """Fit the model; None without a usable verdict.

    worlds: the verdicts of each training seed (`JudgeVerdicts.worlds`). lengths: of each world, float64 (systems,
    items), characters of each answer.
    """
    found = [fit(world, resampler, _covariates(world, one)) for world, one in zip(worlds, lengths, strict=True)]
    fits = tuple(one for one in found if one is not None)
    if not fits:
        return None
    compared = np.zeros((len(worlds[0].systems),) * 2, dtype=bool)
    for world in worlds:
        compared[world.first[world.parsed], world.second[world.parsed]] = True
    n = len({int(item) for world in worlds for item in world.item[world.parsed]})
    signature = f"logistic|length tanh(characters/sd)|ridge:{RIDGE:g}|{resampler.signature}"
    return LengthModel(worlds[0].systems, fits, compared | compared.T, (n, resampler.n_items - n), signature)


def _covariates(verdicts: VerdictArrays, lengths: Array) -> Array:
    """float64 (n, 1 or 2): the length term, and the position if both orders occur."""
    difference = lengths[verdicts.first, verdicts.item] - lengths[verdicts.second, verdicts.item]
    spread = difference.std()
    columns = [np.tanh(difference / spread if spread > 0 else np.zeros_like(difference))]
    if verdicts.swapped.any() and not verdicts.swapped.all():
        columns.append(np.where(verdicts.swapped, -1.0, 1.0))
    return np.stack(columns, axis=1)
