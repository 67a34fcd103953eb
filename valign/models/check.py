"""Whether the files of models on this machine are as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from valign.cache import cache_folder
from valign.errors import InputError
from valign.models.catalogue import KNOWN, InPackage
from valign.models.gguf import damaged_files, sha256
from valign.models.locate import locate

_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Checked:
    """A model on this machine, and which of its files are missing or changed."""

    name: str
    folder: Path
    damaged: list[str]


def check_models() -> Iterator[Checked]:
    """Check the models of the catalogue that are here, their downloads, and every other converted GGUF file."""
    for model in KNOWN.values():
        if isinstance(model.source, InPackage):
            try:
                folder = Path(locate(model.name))
            except InputError:
                continue
            yield _checked(model.name, folder / _WEIGHTS, model.source.sha256)
        elif model.source.file.parent.is_dir():
            yield _checked(model.name, model.source.file, model.source.sha256)
    for folder in sorted(cache_folder("models").glob("[!.]*")):
        if folder.is_dir():
            yield Checked(folder.name, folder, damaged_files(folder))


def _checked(name: str, file: Path, expected: str) -> Checked:
    whole = file.is_file() and sha256(file) == expected
    return Checked(name, file.parent, [] if whole else [file.name])
