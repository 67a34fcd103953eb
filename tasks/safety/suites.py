"""The suites of `core/` by name, each with the type of its records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from tasks.errors import unknown
from tasks.jsonl import read_examples
from tasks.safety import types

_CORE = Path(__file__).parent / "core"
Record = TypeVar("Record", bound=types.Record, covariant=True)


@dataclass(frozen=True)
class Suite(Generic[Record]):
    """A file of records of one type. `tasks` are the lm-eval tasks made of it."""

    name: str
    kind: type[Record]
    tasks: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Where its records lie."""
        return _CORE / f"{self.name}.jsonl"

    def read(self) -> list[Record]:
        """All records, in the order of the file.

        Raises:
            InputError: a line that is no such record, named by file and number.
        """
        return read_examples(self.path, self.kind)


REFUSAL = Suite("refusal", types.HarmfulRequest, ("valign_safety_refusal",))
OVER_REFUSAL = Suite("over_refusal", types.SafeRequest, ("valign_safety_over_refusal",))
BIAS_PAIRS = Suite("bias_pairs", types.BiasPair, ("valign_safety_bias_pairs",))
BIAS_QUESTIONS = Suite("bias_questions", types.BiasQuestion, ("valign_safety_bias_questions",))
ETHICS = Suite("ethics", types.EthicsQuestion, ("valign_safety_ethics",))
HONESTY = Suite("honesty", types.HonestyQuestion, ("valign_safety_honesty", "valign_safety_honesty_mc"))
VALUE_CONFLICT = Suite(
    "value_conflict", types.ValueConflict, ("valign_safety_value_conflict", "valign_safety_value_conflict_pairs")
)

#: Every suite of the core, by name.
SUITES: dict[str, Suite[Any]] = {
    suite.name: suite for suite in (REFUSAL, OVER_REFUSAL, BIAS_PAIRS, BIAS_QUESTIONS, ETHICS, HONESTY, VALUE_CONFLICT)
}

#: Suites scored by likelihood without a question: the fields whose texts are compared.
_PAIRED = {"bias_pairs": ("stereotype", "anti_stereotype"), "value_conflict": ("chosen", "rejected")}


def rows(name: str) -> list[dict[str, Any]]:
    """A suite as plain rows for lm-eval.

    `honesty_mc` is the part of `honesty` that has options. Rows of pairs have `choices` too, in the order stereotype,
    anti-stereotype, or chosen, rejected.

    Raises:
        InputError: no suite has this name, or a bad line.
    """
    if name == "honesty_mc":
        return [row for row in rows("honesty") if row["options"]]
    if name not in SUITES:
        raise unknown("safety suite", name, (*SUITES, "honesty_mc"))
    plain = [asdict(record) for record in SUITES[name].read()]
    return [{**row, "choices": [row[field] for field in _PAIRED[name]]} for row in plain] if name in _PAIRED else plain
