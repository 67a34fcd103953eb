"""JSON lines files: read as dictionaries or as dataclasses, and written. Errors name the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from valign.errors import InputError
from valign.escaping import in_json

Example = TypeVar("Example")


def numbered_lines(path: Path) -> list[tuple[int, bytes]]:
    """The lines of a file that are not blank, numbered from 1; as bytes, so that each is decoded by itself."""
    return [(number, line) for number, line in enumerate(path.read_bytes().split(b"\n"), 1) if line.strip()]


def read_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Read a file of JSON objects as (line number from 1, object); blank lines are skipped.

    Raises:
        InputError: the file is missing or empty, or a line is not a JSON object in UTF-8.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected one JSON object on each line")
    rows = []
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise InputError(f"{path}:{number}: not UTF-8 text") from None
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: broken JSON ({error.msg} at column {error.colno})") from None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: expected a JSON object, found {type(row).__name__}")
        rows.append((number, row))
    if not rows:
        raise InputError(f"{path}: empty; expected at least one JSON object")
    return rows


def read_examples(path: Path, kind: type[Example]) -> list[Example]:
    """Read a file of examples of one dataclass.

    Raises:
        InputError: see `read_rows` and `field_errors`; also an id that is used twice.
    """
    examples, seen_ids = [], dict[Any, int]()
    for number, row in read_rows(path):
        if errors := field_errors(row, kind):
            raise InputError(f"{path}:{number}: {errors[0]}")
        identity = row["id"]
        if identity in seen_ids:
            raise InputError(f"{path}:{number}: id {identity!r} was used in line {seen_ids[identity]} already")
        seen_ids[identity] = number
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
        try:
            examples.append(kind(**values))
        except InputError as error:  # a dataclass that checks its own values
            raise InputError(f"{path}:{number}: {error}") from None
    return examples


def field_errors(row: dict[str, Any], kind: type[Any]) -> list[str]:
    """What makes a row no example of `kind`: fields that are missing, unknown, of the wrong type or empty."""
    declared = {field.name: field for field in fields(kind)}
    expected = f"expected {', '.join(declared)}"
    missing = [name for name, field in declared.items() if name not in row and field.default is MISSING]
    errors = [f"field {name!r} is missing; {expected}" for name in missing]
    for name, value in row.items():
        if name not in declared:
            errors.append(f"unknown field {name!r}; {expected}")
            continue
        declared_type = str(declared[name].type)
        if value is None and declared_type.endswith("| None"):
            continue
        type_ = {"bool": bool, "str": str, "int": int}.get(declared_type.removesuffix(" | None"), list)
        if type(value) is not type_:
            errors.append(f"field {name!r} must be {type_.__name__}, found {type(value).__name__}")
        elif isinstance(value, str) and not value.strip():
            errors.append(f"field {name!r} is empty")
    return errors


def write_examples(path: Path, examples: Iterable[Any]) -> None:
    """Write dataclass instances as JSON lines in the order given."""
    write_rows(path, (asdict(example) for example in examples))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write dictionaries as JSON lines in the order given."""
    path.write_text(as_lines(rows), encoding="utf-8")


def as_lines(rows: Iterable[dict[str, Any]]) -> str:
    """Dictionaries as JSON lines in the order given."""
    return "".join(in_json(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
