"""`valign data set-aside`: a data folder whose held-out tasks are training items, to choose settings on.

Rates, epochs and the number of passages are never chosen on held-out items. This takes a share of the training items
out of training and puts them in the place of the held-out ones, so that a recipe run on the new folder compares
settings as it compares methods, with intervals and paired tests.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tasks.data.folder import DataFolder
from tasks.data.types import HeldOut, Instruction, Preference
from valign.errors import InputError
from valign.jsonl import write_examples

Example = TypeVar("Example", Instruction, Preference)


def set_aside(folder: DataFolder, out: Path, share: float) -> DataFolder:
    """Write the data folder `out` from the document and the training items of `folder`; its held-out items stay unread.

    Args:
        folder: a document with `D_sft` or `D_pref` or both.
        out: a new or empty folder; its name becomes the document's.
        share: of the training items that are set aside, in (0, 1). A hash of the id decides; a contrast stays whole.

    Raises:
        InputError: `out` is in use, the share is not in range, or there are no training items.
    """
    if not 0 < share < 1:
        raise InputError(f"share: {share:g}; expected a number between 0 and 1")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists already; expected a new or empty folder")
    instructions = folder.instructions() if (folder.path / "sft.jsonl").is_file() else []
    preferences = folder.preferences() if (folder.path / "preference.jsonl").is_file() else []
    if not instructions and not preferences:
        raise InputError(f"{folder.path}: holds no training items; expected sft.jsonl or preference.jsonl")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder.path / "document.md", out / "document.md")
    _write(out / "sft.jsonl", _part(instructions, share, aside=False))
    _write(out / "heldout.jsonl", map(_held_out, _part(instructions, share, aside=True)))
    _write(out / "preference.jsonl", _part(preferences, share, aside=False))
    _write(out / "heldout_preference.jsonl", (replace(p, seen=True) for p in _part(preferences, share, aside=True)))
    return DataFolder(out.resolve().name, out.resolve())


def _part(items: Sequence[Example], share: float, *, aside: bool) -> list[Example]:
    return [item for item in items if _is_aside(getattr(item, "contrast", None) or item.id, share) == aside]


def _is_aside(identity: str, share: float) -> bool:
    return int(hashlib.sha256(identity.encode()).hexdigest(), 16) / 16**64 < share


def _held_out(item: Instruction) -> HeldOut:
    return HeldOut(item.id, item.kind, item.section, item.chunk, item.prompt, reference=item.completion, seen=True)


def _write(path: Path, examples: Iterable[Instruction | Preference | HeldOut]) -> None:
    if listed := list(examples):
        write_examples(path, listed)
