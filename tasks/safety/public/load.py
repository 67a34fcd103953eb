"""A public suite as lm-eval wants it. Plain lm-eval names a local copy with `--metadata '{"data_dir": "FOLDER"}'`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.errors import unknown
from tasks.safety.public import files
from tasks.safety.public.parse import Row, parse
from tasks.safety.public.sources import SOURCES


def rows(suite: str, data_dir: Path | None = None, only: str = "") -> list[Row]:
    """The rows of a public suite; `only` keeps the files whose name begins so.

    Raises:
        InputError: no such suite, or its files cannot be had or read.
    """
    if suite not in SOURCES:
        raise unknown("public safety suite", suite, SOURCES)
    found = files.read(SOURCES[suite], data_dir)
    return parse(suite, {name: data for name, data in found.items() if name.startswith(only)})


def dataset(suite: str, data_dir: str | None = None, split: str = "test", only: str = "", **_: Any) -> Any:
    """A public suite as the one split of a `DatasetDict`."""
    from datasets import Dataset, DatasetDict

    found = rows(suite, Path(data_dir) if data_dir else None, only)
    return DatasetDict({split: Dataset.from_list(found)})
