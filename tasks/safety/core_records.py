"""The record files of `core/` by name, each with the type of its records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from tasks.safety import types
from valign.errors import unknown
from valign.jsonl import read_examples

_CORE = Path(__file__).parent / "core"
Record = TypeVar("Record", bound=types.Record, covariant=True)


@dataclass(frozen=True)
class RecordFile(Generic[Record]):
    """A file of records of one type."""

    name: str
    record: type[Record]

    @property
    def path(self) -> Path:
        """The path of the file."""
        return _CORE / f"{self.name}.jsonl"

    def read(self) -> list[Record]:
        """All records, in the order of the file.

        Raises:
            InputError: a line is no such record; it is named by file and number.
        """
        return read_examples(self.path, self.record)


REFUSAL = RecordFile("refusal", types.HarmfulRequest)
OVER_REFUSAL = RecordFile("over_refusal", types.SafeRequest)
BIAS_PAIRS = RecordFile("bias_pairs", types.BiasPair)
BIAS_QUESTIONS = RecordFile("bias_questions", types.BiasQuestion)
ETHICS = RecordFile("ethics", types.EthicsQuestion)
HONESTY = RecordFile("honesty", types.HonestyQuestion)
VALUE_CONFLICT = RecordFile("value_conflict", types.ValueConflict)

#: Every record file of the core suite, by name.
RECORD_FILES: dict[str, RecordFile[Any]] = {
    file.name: file for file in (REFUSAL, OVER_REFUSAL, BIAS_PAIRS, BIAS_QUESTIONS, ETHICS, HONESTY, VALUE_CONFLICT)
}

#: Files whose texts are compared by likelihood without a question: the fields of the two texts.
_PAIRED = {"bias_pairs": ("stereotype", "anti_stereotype"), "value_conflict": ("chosen", "rejected")}


def rows(name: str) -> list[dict[str, Any]]:
    """The records of a file as plain rows for lm-eval.

    `honesty_mc` is the part of `honesty` that has options. Rows of pairs have `choices` too, in the order stereotype,
    anti-stereotype, or chosen, rejected.

    Raises:
        InputError: no file of this name, or a line is no record.
    """
    if name == "honesty_mc":
        return [row for row in rows("honesty") if row["options"]]
    if name not in RECORD_FILES:
        raise unknown("part of the core safety suite", name, (*RECORD_FILES, "honesty_mc"))
    plain = [asdict(record) for record in RECORD_FILES[name].read()]
    return [{**row, "choices": [row[field] for field in _PAIRED[name]]} for row in plain] if name in _PAIRED else plain
