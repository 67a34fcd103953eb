"""A document with its data, in one folder: where each file lies and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tasks.document import read_document
from tasks.errors import InputError, unknown
from tasks.jsonl import read_examples
from tasks.types import Document, HeldOut, Instruction, Preference

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class DataFolder:
    """One document: `document.md`, `sft.jsonl`, `preference.jsonl`, `heldout.jsonl`, `heldout_preference.jsonl`.

    Training files that no method reads may be missing, and so may held-out preferences where no method learns from
    preferences: nothing is weighed then.
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
        """Whether there is a file of them."""
        return (self.path / "heldout_preference.jsonl").is_file()


def shipped() -> Iterator[DataFolder]:
    """The documents that come with valign, then those that installed packages offer as `valign.documents`.

    Such an entry point names a module in whose folder the files lie.
    """
    for path in sorted(_HERE.iterdir()):
        if (path / "document.md").is_file():
            yield DataFolder(path.name, path)
    for entry in sorted(metadata.entry_points(group="valign.documents"), key=lambda e: e.name):
        yield DataFolder(entry.name, Path(str(entry.load().__file__)).parent)


def find(name: str) -> DataFolder:
    """The data of a document, by the name of a registered one or by a folder's path.

    Raises:
        InputError: neither a registered name nor a folder with a `document.md`.
    """
    known = {folder.name: folder for folder in shipped()}
    if name in known:
        return known[name]
    path = Path(name)
    if path.is_dir():
        if not (path / "document.md").is_file():
            raise InputError(f"{path}: holds no document.md; a data folder needs one")
        return DataFolder(path.resolve().name, path)
    if "/" in name:
        raise InputError(f"{name}: no such folder; wanted a data folder or one of {', '.join(known)}")
    raise unknown("document", name, known)
