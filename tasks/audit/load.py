"""Read a data folder line by line; a bad line becomes a finding and the others are still read."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from tasks.audit.report import ANSWERS, SPLITS, Finding, Item, Loaded
from tasks.folder import DataFolder
from tasks.types import HeldOut, Instruction, Preference

_TYPES: dict[str, type[Any]] = {
    "sft": Instruction,
    "preference": Preference,
    "heldout": HeldOut,
    "heldout_preference": Preference,
}


def load(folder: DataFolder) -> Loaded:
    """Read the document and every split that is there.

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
        wanted = ", ".join(f"{split}.jsonl" for split in SPLITS)
        faults.append(Finding("no items", str(folder.path), f"not one readable item in {wanted}"))
    return Loaded(document, splits, tuple(faults))


def _read(path: Path, split: str, faults: list[Finding]) -> list[Item]:
    items = []
    # Bytes are split first: one line that is not UTF-8 must not hide the others.
    for number, raw in enumerate(path.read_bytes().split(b"\n"), 1):
        at = f"{path.name}:{number}"
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            faults.append(Finding("broken JSON", at, str(error)))
            continue
        wrong = _wrong_fields(row, _TYPES[split])
        faults += [Finding("wrong field", at, detail) for detail in wrong]
        if not wrong:
            items.append(_item(row, split, at))
    return items


def _wrong_fields(row: Any, kind: type[Any]) -> list[str]:
    if not isinstance(row, dict):
        return [f"a JSON object is wanted, found {type(row).__name__}"]
    declared = {field.name: field for field in fields(kind)}
    wrong = [f"{n!r} is missing" for n, f in declared.items() if n not in row and f.default is MISSING]
    wrong += [f"{n!r} is unknown; wanted: {', '.join(declared)}" for n in row if n not in declared]
    for name in declared.keys() & row.keys():
        wanted = bool if str(declared[name].type) == "bool" else str
        if not isinstance(row[name], wanted):
            wrong.append(f"{name!r} must be {wanted.__name__}, found {type(row[name]).__name__}")
        elif wanted is str and not row[name].strip():
            wrong.append(f"{name!r} is empty")
    return sorted(wrong)


def _item(row: dict[str, Any], split: str, at: str) -> Item:
    shared = {name: row[name] for name in ("id", "kind", "section", "chunk", "prompt")}
    answers = {name: row[name] for name in ANSWERS if name in row}
    return Item(split=split, at=at, answers=answers, seen=row.get("seen"), **shared)
