"""Reads a data folder for the audit: a faulty line becomes a finding, and the other lines are still read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.data.audit.report import ANSWERS, SPLITS, Finding, Item, LoadedFolder
from tasks.data.folder import DataFolder
from tasks.data.types import HeldOut, Instruction, Preference
from valign.jsonl import field_errors, numbered_lines

_TYPES: dict[str, type[Any]] = {
    "sft": Instruction,
    "preference": Preference,
    "heldout": HeldOut,
    "heldout_preference": Preference,
}


def load(folder: DataFolder) -> LoadedFolder:
    """Read the document and every split that has a file.

    Raises:
        InputError: the document is missing or broken; without it nothing can be checked.
    """
    document = folder.document()
    splits: dict[str, tuple[Item, ...] | None] = {}
    faults: list[Finding] = []
    for split in SPLITS:
        path = folder.path / f"{split}.jsonl"
        splits[split] = tuple(_read(path, split, faults)) if path.is_file() else None
    if not any(splits.values()):
        files = ", ".join(f"{split}.jsonl" for split in SPLITS)
        faults.append(Finding("no items", str(folder.path), f"not one readable item in {files}"))
    return LoadedFolder(document, splits, tuple(faults))


def _read(path: Path, split: str, faults: list[Finding]) -> list[Item]:
    items = []
    for number, line in numbered_lines(path):
        at = f"{path.name}:{number}"
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            faults.append(Finding("broken JSON", at, str(error)))
            continue
        if isinstance(row, dict):
            errors = field_errors(row, _TYPES[split])
        else:
            errors = [f"expected a JSON object, found {type(row).__name__}"]
        faults += [Finding("wrong field", at, error) for error in errors]
        if not errors:
            items.append(_item(row, split, at))
    return items


def _item(row: dict[str, Any], split: str, at: str) -> Item:
    shared = {name: row[name] for name in ("id", "kind", "section", "chunk", "prompt")}
    answers = {name: row[name] for name in ANSWERS if name in row}
    return Item(split=split, at=at, answers=answers, seen=row.get("seen"), contrast=row.get("contrast"), **shared)
