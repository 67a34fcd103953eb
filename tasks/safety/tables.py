"""What the parsers of public suites share: tables and JSON lines from bytes, and a request as a row."""

from __future__ import annotations

import csv
import io
import json

from tasks.safety.suite import Files, Row


def only_file(files: Files) -> bytes:
    """The bytes of the one file.

    Raises:
        ValueError: none, or several.
    """
    (data,) = files.values()
    return data


def csv_rows(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file with a header."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def json_lines(files: Files) -> list[Row]:
    """The rows of all files of JSON lines, in the order of their names."""
    return [json.loads(line) for _, data in sorted(files.items()) for line in data.splitlines() if line.strip()]


def request(number: object, kind: str, area: str, prompt: str, harmful: bool = True) -> Row:
    """A request as a row of a task with the scorer `requests`."""
    return {"id": str(number), "kind": kind, "area": area, "prompt": prompt.strip(), "harmful": harmful}
