"""Bradley-Terry log-strengths of the systems that a judge compared, by one fit that `judging.length` shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import VerdictArrays
from harness.statistics import Estimate, Resampler, summarised

Array = NDArray[np.float64]

#: Precision of the normal prior on every coefficient: a tenth of a verdict beside hundreds. It keeps the log-strength
#: of a system that never wins, or never loses, finite.
RIDGE = 0.1


@dataclass(frozen=True)
class Fit:
    """log-odds(first wins) = θ_first − θ_second + covariates · γ, fitted to verdicts.

    coefficients: θ of each system, with mean 0 (NaN of one without a usable verdict), then γ. replicates: float64 (R,
    p), those of each resample of the items. without: float64 (units, p), those without each unit in turn.
    """

    coefficients: Array
    replicates: Array
    without: Array


def fit(
    verdicts: VerdictArrays, resampler: Resampler, covariates: Array | None = None, ridge: float = RIDGE
) -> Fit | None:
    """The fit with its replicates; None without a usable verdict. covariates: float64 (n, c), of each verdict.

    Every usable verdict counts, so an item judged in both orders counts twice; a tie is half a win. A replicate is one
    Newton step from the fit with the resample's weights, which equals a full fit to first order.
    Sources: Bradley and Terry, Biometrika 39 (1952); Davison and Hinkley, Bootstrap Methods (1997), 2.7.
    """
    usable = verdicts.parsed
    if not usable.any():
        return None
    design, gained = design_matrix(verdicts, covariates)[usable], verdicts.gained[usable]
    coefficients = maximum_likelihood(design, gained, ridge)
    steps = _NewtonSteps.of(design, gained, coefficients, verdicts.item[usable], len(verdicts.items), ridge)
    replicates = np.concatenate([steps(chunk.astype(np.float64) @ steps.table) for chunk in resampler.weights()])
    by_unit = np.zeros((resampler.n_units, steps.table.shape[1]))
    np.add.at(by_unit, resampler.unit_of_item, steps.table)
    judged = np.unique(resampler.unit_of_item[verdicts.item[usable]])
    without = steps(by_unit.sum(axis=0) - by_unit[judged])
    alone = np.abs(design).sum(axis=0) == 0
    alone[len(verdicts.systems) :] = False
    for found in (coefficients, replicates, without):
        found[..., alone] = np.nan
    return Fit(coefficients, replicates, without)


def design_matrix(verdicts: VerdictArrays, covariates: Array | None = None) -> Array:
    """float64 (n, systems + c): 1 for the first system and −1 for the second, then the covariates."""
    rows, systems = np.arange(len(verdicts.item)), np.zeros((len(verdicts.item), len(verdicts.systems)))
    systems[rows, verdicts.first] += 1.0
    systems[rows, verdicts.second] -= 1.0
    return systems if covariates is None else np.hstack([systems, covariates])


def maximum_likelihood(design: Array, gained: Array, ridge: float = RIDGE) -> Array:
    """The coefficients (p,), with soft outcomes: a verdict is a win of weight `gained` and a loss of 1 − gained."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / ridge, fit_intercept=False, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(np.vstack([design, design]), np.repeat([1, 0], len(gained)), np.concatenate([gained, 1.0 - gained]))
    return np.asarray(model.coef_[0], dtype=np.float64)


@dataclass(frozen=True)
class _NewtonSteps:
    """One Newton step from a fit under other weights of the items. table: (items, p + p²), slopes and curvatures."""

    coefficients: Array
    table: Array
    ridge: float

    @classmethod
    def of(
        cls, design: Array, gained: Array, coefficients: Array, item: NDArray[np.intp], items: int, ridge: float
    ) -> _NewtonSteps:
        from scipy.special import expit

        chance, width = expit(design @ coefficients), design.shape[1]
        slope, curvature = np.zeros((items, width)), np.zeros((items, width, width))
        np.add.at(slope, item, design * (gained - chance)[:, None])
        np.add.at(curvature, item, (chance * (1 - chance))[:, None, None] * design[:, :, None] * design[:, None, :])
        return cls(coefficients, np.hstack([slope, curvature.reshape(items, -1)]), ridge)

    def __call__(self, sums: Array) -> Array:
        """The coefficients (R, p) under the weights whose weighted sums of the table are given, (R, p + p²)."""
        width = len(self.coefficients)
        slopes = sums[:, :width] - self.ridge * self.coefficients
        curvature = sums[:, width:].reshape(-1, width, width) + self.ridge * np.eye(width)
        return np.asarray(self.coefficients + np.linalg.solve(curvature, slopes[:, :, None])[:, :, 0])


def strengths(
    worlds: Sequence[VerdictArrays], resampler: Resampler, confidence: float = 0.95, interval: str = "percentile"
) -> dict[str, Estimate]:
    """Each system's log-strength with its interval: i beats j with log-odds θ_i − θ_j. Their mean is 0.

    worlds: the verdicts of each training seed (`JudgeVerdicts.worlds`); the log-strength is the mean of theirs.
    """
    fits = [one for world in worlds if (one := fit(world, resampler)) is not None]
    signature = f"bradley-terry|log-strength, mean 0|ridge:{RIDGE:g}|{resampler.signature}"
    names, n_items = worlds[0].systems, resampler.n_items
    if not fits:
        return dict.fromkeys(names, Estimate(np.nan, np.nan, np.nan, 0, n_items, signature))

    def strength(number: int) -> Estimate:
        judged = set().union(*(_judged(world, number) for world in worlds))
        return summarised(
            np.array([one.coefficients[number] for one in fits]),
            np.mean([one.replicates[:, number] for one in fits], axis=0),
            np.stack([one.without[:, number] for one in fits], axis=1),
            (len(judged), n_items - len(judged)),
            signature,
            confidence,
            interval,
        )

    return {name: strength(number) for number, name in enumerate(names)}


def _judged(verdicts: VerdictArrays, system: int) -> set[int]:
    of_system = verdicts.parsed & ((verdicts.first == system) | (verdicts.second == system))
    return set(verdicts.item[of_system].tolist())


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
