"""Public suites as lm-eval data sets. Plain lm-eval takes a local copy by `--metadata '{"data_dir": "FOLDER"}'`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tasks.safety import files
from tasks.safety.suite import SUITES, Row
from valign.errors import InputError


def rows(suite: str, data_dir: Path | None = None, only: str = "") -> list[Row]:
    """The rows of a public suite; `only` keeps the files whose names begin with it.

    Raises:
        InputError: no such suite, its files cannot be had, or they are not in the form its authors gave them.
    """
    found = SUITES.find(suite)
    if found.parse is None:
        raise InputError(f"safety suite {suite!r} has no parser: its tasks read their data themselves")
    data = {name: one for name, one in files.read(found, data_dir).items() if name.startswith(only)}
    where = f"{suite}: {', '.join(sorted(data))}"
    try:
        parsed = found.parse(data)
    except (KeyError, ValueError, TypeError, SyntaxError, csv.Error) as error:
        reason = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{where}: not in the form its authors publish ({reason})") from error
    if not parsed:
        raise InputError(f"{where}: no rows; the file is empty or cut")
    return parsed


def dataset(suite: str, data_dir: str | None = None, split: str = "test", only: str = "", **_: Any) -> Any:
    """A public suite as the one split of a `DatasetDict`."""
    from datasets import Dataset, DatasetDict

    return DatasetDict({split: Dataset.from_list(rows(suite, Path(data_dir) if data_dir else None, only))})
