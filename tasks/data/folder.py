"""Data folders: a document with its training data and held-out tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import tasks
from tasks.data.types import Document, HeldOut, Instruction, Preference
from tasks.documents.document import read_document
from valign.errors import InputError, unknown
from valign.jsonl import read_examples

_SHIPPED = Path(tasks.__file__).parent


@dataclass(frozen=True)
class DataFolder:
    """One document: `document.md`, `sft.jsonl`, `preference.jsonl`, `heldout.jsonl`, `heldout_preference.jsonl`.

    Training files that no method reads may be missing. Held-out preferences may be missing if no method trains on
    preferences; then no pairs are scored by log-likelihood.
    """

    name: str
    path: Path

    def document(self) -> Document:
        """Read the document."""
        return read_document(self.path / "document.md")

    def instructions(self) -> list[Instruction]:
        """Read `D_sft`."""
        return read_examples(self.path / "sft.jsonl", Instruction)

    def preferences(self) -> list[Preference]:
        """Read `D_pref`."""
        return read_examples(self.path / "preference.jsonl", Preference)

    def held_out(self) -> list[HeldOut]:
        """Read the held-out prompts with their references."""
        return read_examples(self.path / "heldout.jsonl", HeldOut)

    def held_out_preferences(self) -> list[Preference]:
        """Read the held-out preference pairs."""
        return read_examples(self.path / "heldout_preference.jsonl", Preference)

    @property
    def has_held_out_preferences(self) -> bool:
        """Whether `heldout_preference.jsonl` exists."""
        return (self.path / "heldout_preference.jsonl").is_file()


def shipped() -> Iterator[DataFolder]:
    """The documents that come with valign, then those of installed packages (entry points `valign.documents`).

    Such an entry point names a module; the files are in the module's folder.
    """
    for path in sorted(_SHIPPED.iterdir()):
        if (path / "document.md").is_file():
            yield DataFolder(path.name, path)
    for entry in sorted(metadata.entry_points(group="valign.documents"), key=lambda e: e.name):
        yield DataFolder(entry.name, Path(str(entry.load().__file__)).parent)


def find(name: str) -> DataFolder:
    """Find a data folder by the name of a known document or by its path.

    Raises:
        InputError: neither a known name nor a folder with a `document.md`.
    """
    known = {folder.name: folder for folder in shipped()}
    if name in known:
        return known[name]
    path = Path(name)
    if path.is_dir():
        if not (path / "document.md").is_file():
            raise InputError(f"{path}: holds no document.md; expected a data folder")
        return DataFolder(path.resolve().name, path.resolve())
    if "/" in name:
        raise InputError(f"{name}: no such folder; expected a data folder or one of {', '.join(known)}")
    raise unknown("document", name, known)
