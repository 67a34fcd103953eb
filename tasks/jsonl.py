"""JSON lines on disk to the example types and back; a bad line is named by file and number."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from tasks.errors import InputError

Example = TypeVar("Example")


def read_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Read a file of JSON objects as (line number from 1, object); blank lines are passed over.

    Raises:
        InputError: the file is missing or empty, or a line is no JSON object in UTF-8.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; a file of one JSON object a line is wanted here")
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise InputError(f"{path}:{number}: no UTF-8 text") from None
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: broken JSON ({error.msg} at column {error.colno})") from None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: a JSON object is wanted, found {type(row).__name__}")
        rows.append((number, row))
    if not rows:
        raise InputError(f"{path}: empty; at least one JSON object is wanted")
    return rows


def read_examples(path: Path, kind: type[Example]) -> list[Example]:
    """Read a file of examples of one type.

    Raises:
        InputError: see `read_rows`; also a missing, unknown, empty or wrongly typed field, or an id used twice.
    """
    examples, seen_ids = [], dict[Any, int]()
    for number, row in read_rows(path):
        example = _example(row, kind, f"{path}:{number}")
        identity = row["id"]
        if identity in seen_ids:
            raise InputError(f"{path}:{number}: id {identity!r} was used in line {seen_ids[identity]} already")
        seen_ids[identity] = number
        examples.append(example)
    return examples


def _example(row: dict[str, Any], kind: type[Example], where: str) -> Example:
    declared = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if missing := [n for n, f in declared.items() if n not in row and f.default is MISSING]:
        raise InputError(f"{where}: field {missing[0]!r} is missing; wanted: {', '.join(declared)}")
    if surplus := sorted(set(row) - set(declared)):
        raise InputError(f"{where}: unknown field {surplus[0]!r}; wanted: {', '.join(declared)}")
    for name, value in row.items():
        wanted = {"bool": bool, "str": str, "int": int}.get(str(declared[name].type), list)
        if type(value) is not wanted:
            raise InputError(f"{where}: field {name!r} must be {wanted.__name__}, found {type(value).__name__}")
        if isinstance(value, str) and not value.strip():
            raise InputError(f"{where}: field {name!r} is empty")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
    except InputError as error:  # a type that checks its own values
        raise InputError(f"{where}: {error}") from None


def write_examples(path: Path, examples: Iterable[Any]) -> None:
    """Write dataclass instances as JSON lines in the order given."""
    write_rows(path, (asdict(example) for example in examples))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write dictionaries as JSON lines in the order given."""
    path.write_text(as_lines(rows), encoding="utf-8")


def as_lines(rows: Iterable[dict[str, Any]]) -> str:
    """Dictionaries as JSON lines in the order given."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
