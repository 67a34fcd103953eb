"""Dataset functions that the tasks' YAML files name; they work from any current folder."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tasks.data.folder import find
from tasks.safety.core_records import rows


def held_out(document: str, **_: Any) -> Any:
    """The held-out prompts of a document as a `test` split."""
    return _split([asdict(example) for example in find(document).held_out()])


def held_out_preferences(document: str, **_: Any) -> Any:
    """The held-out preference pairs of a document as a `test` split; `choices` are chosen, then rejected."""
    pairs = find(document).held_out_preferences()
    return _split([{**asdict(pair), "choices": [pair.chosen, pair.rejected]} for pair in pairs])


def safety(suite: str, **_: Any) -> Any:
    """A part of the core safety suite as a `test` split; see `tasks.safety.core_records.rows`."""
    return _split(rows(suite))


def _split(rows: list[dict[str, Any]]) -> Any:
    from datasets import Dataset, DatasetDict

    return DatasetDict({"test": Dataset.from_list(rows)})
