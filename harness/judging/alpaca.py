"""AlpacaEval's annotation format: reading, writing, and the figures of its leaderboard.

A row holds `instruction, output_1, generator_1, output_2, generator_2, preference`: 1 where the first output is
preferred, 2 where the second is, 1.5 (in old files 0) for a tie, null where the annotator's reply was unusable, and a
number between 1 and 2 for a soft preference. Source: github.com/tatsu-lab/alpaca_eval, `metrics/winrate.py`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.judging.verdicts import Verdict
from valign.errors import InputError
from valign.escaping import in_json
from valign.fingerprint import fingerprint
from valign.jsonl import read_rows

_TEXTS = ("instruction", "output_1", "output_2")
_NAMES = ("generator_1", "generator_2")
_ANNOTATORS = ("annotator", "annotator_index", "annotator_id")
_OURS = (*_TEXTS, *_NAMES, "preference")


@dataclass(frozen=True)
class Annotation:
    """One row. preference: None where there is none. extras: keys outside the format."""

    instruction: str
    output_1: str
    generator_1: str
    output_2: str
    generator_2: str
    preference: float | None
    extras: Mapping[str, Any]

    @property
    def annotator(self) -> str:
        """The annotator's name in the row, or "annotator"."""
        return next((str(self.extras[key]) for key in _ANNOTATORS if key in self.extras), "annotator")

    @property
    def item(self) -> str:
        """An id for the instruction: its fingerprint."""
        return fingerprint(self.instruction)

    def row(self) -> dict[str, Any]:
        """The row in AlpacaEval's format."""
        return {**{name: getattr(self, name) for name in _OURS}, **self.extras}


@dataclass(frozen=True)
class AnnotationFile:
    """The annotations in a file, and notices about what was repaired or ignored."""

    annotations: tuple[Annotation, ...]
    notices: tuple[str, ...]


def read_annotations(path: Path) -> AnnotationFile:
    """Read a file of annotations: a JSON list, or JSON lines.

    A missing generator is named `output_1` or `output_2`; a preference that is missing or outside [1, 2] is None, as in
    AlpacaEval. Each such case is counted in the notices.

    Raises:
        InputError: no such file, no JSON, no rows, or a row without an instruction or an output.
    """
    notices: Counter[str] = Counter()
    annotations = [_annotation(row, where, notices) for where, row in _rows(path)]
    extra = sorted({key for one in annotations for key in one.extras})
    if extra:
        notices[f"keys beyond the format, kept as they are: {', '.join(extra)}"] = 0
    return AnnotationFile(
        tuple(annotations), tuple(f"{n:,} rows: {what}" if n else what for what, n in notices.items())
    )


def _rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected annotations in AlpacaEval's format")
    text = path.read_bytes().lstrip()
    if not text.startswith(b"["):
        return [(f"{path}:{number}", row) for number, row in read_rows(path)]
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path}: broken JSON ({error})") from None
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path}: expected a list of one or more annotations, each a JSON object")
    return [(f"{path}: row {number}", row) for number, row in enumerate(rows, 1)]


def _annotation(row: dict[str, Any], where: str, notices: Counter[str]) -> Annotation:
    for key in _TEXTS:
        if not isinstance(row.get(key), str):
            raise InputError(f"{where}: {key!r} is missing or no text; expected {', '.join(_OURS)}")
    names = []
    for key in _NAMES:
        if not isinstance(row.get(key), str):
            notices[f"without {key!r}; the system is called {key.replace('generator', 'output')!r}"] += 1
        names.append(row[key] if isinstance(row.get(key), str) else key.replace("generator", "output"))
    preference = _preference(row, where, notices)
    extras = {key: value for key, value in row.items() if key not in _OURS}
    return Annotation(row["instruction"], row["output_1"], names[0], row["output_2"], names[1], preference, extras)


def _preference(row: dict[str, Any], where: str, notices: Counter[str]) -> float | None:
    if "preference" not in row:
        notices["without 'preference': not judged"] += 1
        return None
    given = row["preference"]
    if given is None:
        return None
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise InputError(f"{where}: 'preference' must be a number from 1 to 2 or null, not {given!r}") from None
    if isinstance(given, str):
        notices["'preference' written as text: read as a number"] += 1
    if math.isnan(value):
        return None
    if value == 0:
        notices["'preference' 0, the old way to write a tie: read as 1.5"] += 1
        return 1.5
    if not 1 <= value <= 2:
        notices["'preference' beyond 1 to 2: no preference, as AlpacaEval has it"] += 1
        return None
    return value


def write_annotations(annotations: Iterable[Annotation]) -> str:
    """Annotations as a JSON list in AlpacaEval's format."""
    return in_json(json.dumps([one.row() for one in annotations], indent=1, ensure_ascii=False)) + "\n"


def verdicts_of(annotations: Sequence[Annotation], judge: str | None = None) -> list[Verdict]:
    """Annotations as verdicts; a pair's first system is `generator_1` of the pair's first row.

    judge: the judge's name; each row's annotator where None. Rows that compare a system with itself are left out.
    """
    known: dict[frozenset[str], tuple[str, str]] = {}
    verdicts = []
    for one in annotations:
        shown = (one.generator_1, one.generator_2)
        if shown[0] == shown[1]:
            continue
        first, second = known.setdefault(frozenset(shown), shown)
        share = None if one.preference is None else 2.0 - one.preference
        if shown != (first, second) and share is not None:
            share = 1.0 - share
        order = "first-second" if shown == (first, second) else "second-first"
        name = judge or one.annotator
        verdicts.append(Verdict(one.item, first, second, order, _winner(share), name, "", _soft(share)))
    return verdicts


def _winner(share: float | None) -> str:
    if share is None:
        return "unparsed"
    return "tie" if share == 0.5 else "first" if share > 0.5 else "second"


def _soft(share: float | None) -> float | None:
    return None if share in (None, 0.0, 0.5, 1.0) else share


@dataclass(frozen=True)
class LeaderboardRow:
    """A row of AlpacaEval's leaderboard: a system against its baseline.

    win_rate: mean of preference − 1, in per cent; standard_error: of that mean, NaN for one comparison;
    discrete_win_rate: soft preferences rounded first; average_length: of the system's outputs, in characters.
    """

    system: str
    baseline: str
    win_rate: float
    standard_error: float
    discrete_win_rate: float
    n_wins: int
    n_wins_base: int
    n_draws: int
    n_total: int
    n_unparsed: int
    average_length: float


def leaderboard(annotations: Sequence[Annotation]) -> list[LeaderboardRow]:
    """The leaderboard's figures of every system against its baseline, best first; output 1 is the baseline's."""
    pairs: dict[tuple[str, str], list[Annotation]] = {}
    for one in annotations:
        pairs.setdefault((one.generator_2, one.generator_1), []).append(one)
    board = [_leaderboard_row(system, baseline, rows) for (system, baseline), rows in pairs.items()]
    return sorted(board, key=lambda one: (-one.win_rate, one.system, one.baseline))


def _leaderboard_row(system: str, baseline: str, rows: Sequence[Annotation]) -> LeaderboardRow:
    won = np.array([one.preference - 1 for one in rows if one.preference is not None])
    discrete = np.where(won == 0.5, 0.5, np.round(won))
    return LeaderboardRow(
        system=system,
        baseline=baseline,
        win_rate=_per_cent(won),
        standard_error=float(100 * won.std(ddof=1) / math.sqrt(len(won))) if len(won) > 1 else math.nan,
        discrete_win_rate=_per_cent(discrete),
        n_wins=int((won > 0.5).sum()),
        n_wins_base=int((won < 0.5).sum()),
        n_draws=int((won == 0.5).sum()),
        n_total=len(won),
        n_unparsed=len(rows) - len(won),
        average_length=float(np.mean([len(one.output_2) for one in rows])),
    )


def _per_cent(won: NDArray[np.float64]) -> float:
    return float(100 * won.mean()) if len(won) else math.nan
