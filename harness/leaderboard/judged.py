"""Bradley-Terry strengths and ranks over all entries that share a judge and the prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.judging.strengths import fit, strengths
from harness.judging.verdicts import VerdictArrays
from harness.leaderboard.entry import EntryFigure
from harness.leaderboard.measured import CONFIDENCE, as_figure
from harness.leaderboard.rows import Part, Row
from harness.statistics import Resampler
from harness.statistics.ranks import PairDifference, RankSet, rank_sets
from harness.statistics.spread import Spread


@dataclass(frozen=True)
class JudgedRow:
    """strength: Bradley-Terry log-strength, of mean 0 over the board. win_rate: over the opponents in one entry."""

    row: Row
    strength: EntryFigure
    rank: RankSet | None
    win_rate: EntryFigure


@dataclass(frozen=True)
class JudgeBoard:
    """Systems that a judge compared, each with each through others at least; the strongest first.

    alarms: findings of its audits that make the verdicts worthless. reason: why there are no ranks, else empty.
    """

    judge: str
    identity: str
    rows: tuple[JudgedRow, ...]
    alarms: tuple[str, ...]
    reason: str


def judge_boards(parts: Sequence[Part], resampler: Resampler, why_not: str) -> list[JudgeBoard]:
    """The boards of every judge. parts: of the held-out prompts. why_not: a reason against any ranks, or empty.

    Strengths of systems that no chain of verdicts connects cannot be compared: they are on boards of their own.
    """
    by_judge: dict[tuple[str, str], list[tuple[Part, int]]] = {}
    for part in parts:
        for at, judge in enumerate(part.item_set.judges):
            by_judge.setdefault((judge.identity, judge.name), []).append((part, at))
    found = []
    for (identity, name), some in by_judge.items():
        alarms = tuple(dict.fromkeys(alarm for part, at in some for alarm in part.item_set.judges[at].alarms))
        reason = why_not or ("its audit calls the verdicts useless" if alarms else "")
        wins: dict[Row, EntryFigure] = {}
        for part, at in reversed(some):
            wins |= {part.rows[system]: one for system, one in part.item_set.judges[at].figures.items()}
        for worlds, rows in _connected([(part, part.item_set.judges[at].name) for part, at in some]):
            judged = _ranked(worlds, rows, wins, resampler, ranks=not reason)
            found.append(JudgeBoard(name, identity, judged, alarms, reason))
    return found


def _ranked(
    worlds: Sequence[VerdictArrays],
    rows: Sequence[Row],
    wins: Mapping[Row, EntryFigure],
    resampler: Resampler,
    ranks: bool,
) -> tuple[JudgedRow, ...]:
    fitted = strengths(worlds, resampler, CONFIDENCE)
    figures = [as_figure(fitted[name]) for name in worlds[0].systems]
    sets: Sequence[RankSet | None] = _rank_sets(worlds, resampler) if ranks else [None] * len(rows)
    judged = [JudgedRow(row, figure, one, wins[row]) for row, figure, one in zip(rows, figures, sets, strict=True)]
    return tuple(sorted(judged, key=lambda one: -(one.strength.value or 0.0)))


def _rank_sets(worlds: Sequence[VerdictArrays], resampler: Resampler) -> tuple[RankSet, ...]:
    """By the differences of log-strengths, over all training seeds."""
    fits = [one for world in worlds if (one := fit(world, resampler)) is not None]
    differences = []
    for i, j in combinations(range(len(worlds[0].systems)), 2):
        of_runs = np.array([one.coefficients[i] - one.coefficients[j] for one in fits])
        replicates = np.mean([one.replicates[:, i] - one.replicates[:, j] for one in fits], axis=0)
        without = np.stack([one.without[:, i] - one.without[:, j] for one in fits], axis=1)
        spread = Spread.jackknifed(of_runs, without)
        differences.append(PairDifference.of(float(of_runs.mean()), replicates, spread))
    return rank_sets(len(worlds[0].systems), differences, CONFIDENCE)


#: Two rows with the verdicts on them in one training seed, and which of the arrays' verdicts those are.
_Pair = tuple[Row, Row, VerdictArrays, np.ndarray]


def _connected(parts: Sequence[tuple[Part, str]]) -> list[tuple[list[VerdictArrays], list[Row]]]:
    """The verdicts of each training seed, by groups of rows that a chain of verdicts connects.

    An entry of one seed has the same verdicts in all of them.
    """
    most = max(len(part.found.verdicts[judge]) for part, judge in parts)
    worlds = [_pairs(parts, number) for number in range(most)]
    groups: list[list[Row]] = []
    for one, other, _, _ in (pair for world in worlds for pair in world):
        touched = [group for group in groups if one in group or other in group]
        groups = [group for group in groups if group not in touched]
        groups.append(list(dict.fromkeys([*(row for group in touched for row in group), one, other])))
    return [
        ([_of_rows(group, some) for world in worlds if (some := [pair for pair in world if pair[0] in group])], group)
        for group in groups
    ]


def _pairs(parts: Sequence[tuple[Part, str]], number: int) -> list[_Pair]:
    """The compared rows of one training seed.

    Two rows that several entries compared count once, as in the first entry: the answers and the judge are the same.
    """
    pairs: dict[frozenset[Row], _Pair] = {}
    for part, judge in parts:
        worlds = part.found.verdicts[judge]
        arrays = worlds[min(number, len(worlds) - 1)]
        for first, second in sorted({(int(a), int(b)) for a, b in zip(arrays.first, arrays.second, strict=True)}):
            of_pair = (arrays.first == first) & (arrays.second == second) & arrays.parsed
            one, other = (part.rows[arrays.systems[at]] for at in (first, second))
            if of_pair.any() and one is not other:
                pairs.setdefault(frozenset((one, other)), (one, other, arrays, of_pair))
    return list(pairs.values())


def _of_rows(rows: Sequence[Row], pairs: Sequence[_Pair]) -> VerdictArrays:
    number = {row: at for at, row in enumerate(rows)}
    counts = [int(of_pair.sum()) for _, _, _, of_pair in pairs]
    return VerdictArrays(
        systems=tuple(str(at) for at in range(len(rows))),
        items=pairs[0][2].items,
        item=np.concatenate([arrays.item[of_pair] for _, _, arrays, of_pair in pairs]),
        first=np.repeat([number[one] for one, _, _, _ in pairs], counts),
        second=np.repeat([number[other] for _, other, _, _ in pairs], counts),
        swapped=np.concatenate([arrays.swapped[of_pair] for _, _, arrays, of_pair in pairs]),
        gained=np.concatenate([arrays.gained[of_pair] for _, _, arrays, of_pair in pairs]),
        tie=np.concatenate([arrays.tie[of_pair] for _, _, arrays, of_pair in pairs]),
    )
