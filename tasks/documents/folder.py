"""Selects the files of a folder that make up its document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.documents.file_types import EXTENSIONS
from valign.errors import InputError

#: Files that accompany a document but are not part of it.
_NOT_DOCUMENT = re.compile(
    r"(?i)(un)?licen[cs]e|copying|notice|authors|contributors|contributing|changelog|changes|history|source|codeowners"
)
#: If a text is there in several formats, the one with the clearest structure is read.
_PREFERRED = ("markdown", "html", "docx", "text", "pdf")
#: File names that do not name a document; such a file comes first.
GENERIC_NAMES = {"document", "index", "readme"}
_TYPE = {extension: kind for kind, extensions in EXTENSIONS.items() for extension in extensions}
_MAX_FILES = 2000


@dataclass(frozen=True)
class FileSelection:
    """The files to read, in order, and those that are left out, each with the reason."""

    files: tuple[Path, ...]
    left_out: tuple[tuple[Path, str], ...]


def select_files(folder: Path) -> FileSelection:
    """Select the files of a folder, at any depth, sorted by path with a folder's own files first.

    Hidden files and unsupported formats are ignored. Left out with a reason are files that accompany a document (a
    licence, a SOURCE.txt), further formats of a file, and translations (`rules.fr.md` beside `rules.md`).

    Raises:
        InputError: no file of a supported format, or more than 2,000.
    """
    found = sorted(_walk(folder), key=lambda p: (p.parent.parts, p.stem.lower() not in GENERIC_NAMES, p.name))
    stems = {(path.parent, path.stem) for path in found}
    files: list[Path] = []
    left_out: list[tuple[Path, str]] = []
    for path in found:
        others = [o for o in found if o.parent == path.parent and o.stem == path.stem]
        best = min(others, key=lambda o: (_PREFERRED.index(_TYPE[o.suffix.lower()]), o.name))
        original = re.fullmatch(r"(.+)[._-][a-z]{2}(?:[-_][A-Za-z]{2,4})?", path.stem)
        if _NOT_DOCUMENT.fullmatch(path.stem):
            left_out.append((path, "accompanies the document"))
        elif best != path:
            left_out.append((path, f"the same name as {best.name}"))
        elif original and (path.parent, original.group(1)) in stems:
            left_out.append((path, f"a translation of {original.group(1)}{path.suffix}"))
        else:
            files.append(path)
    if not files:
        raise InputError(f"{folder}: no document in it; expected files that end in {', '.join(sorted(_TYPE))}")
    if len(files) > _MAX_FILES:
        raise InputError(f"{folder}: {len(files)} files; expected at most {_MAX_FILES}; name a subfolder")
    return FileSelection(tuple(files), tuple(left_out))


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.suffix.lower() in _TYPE and path.is_file():
            yield path
