"""Which files of a folder make its document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import InputError
from tasks.reading.sniff import ENDINGS

#: What lies beside a document and is not of it.
_PAPERS = re.compile(
    r"(?i)(un)?licen[cs]e|copying|notice|authors|contributors|contributing|changelog|changes|history|source|codeowners"
)
#: Of one text in several formats, the one whose structure is marked best is read.
_PREFERRED = ("markdown", "html", "docx", "text", "pdf")
#: Names that say nothing of what is in a file, but that it comes first.
NAMELESS = {"document", "index", "readme"}
_KIND = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
_MOST = 2000


@dataclass(frozen=True)
class Choice:
    """The files to read, in order, and those left out, each with the reason."""

    files: tuple[Path, ...]
    left_out: tuple[tuple[Path, str], ...]


def choose(folder: Path) -> Choice:
    """The files of a folder, at any depth, that make one document, sorted by path, a folder's own files first.

    Passed over is what is hidden or not in a format read here. Left out, with a reason: papers that only lie beside a
    document (a licence, a SOURCE.txt), another format of a file that is read, and its translation (`rules.fr.md` beside
    `rules.md`).

    Raises:
        InputError: no file of a format read here, or more than 2,000.
    """
    found = sorted(_walk(folder), key=lambda path: (path.parent.parts, path.stem.lower() not in NAMELESS, path.name))
    stems = {(path.parent, path.stem) for path in found}
    files: list[Path] = []
    left_out: list[tuple[Path, str]] = []
    for path in found:
        others = [o for o in found if o.parent == path.parent and o.stem == path.stem]
        best = min(others, key=lambda o: (_PREFERRED.index(_KIND[o.suffix.lower()]), o.name))
        original = re.fullmatch(r"(.+)[._-][a-z]{2}(?:[-_][A-Za-z]{2,4})?", path.stem)
        if _PAPERS.fullmatch(path.stem):
            left_out.append((path, "lies beside the document"))
        elif best != path:
            left_out.append((path, f"the same name as {best.name}"))
        elif original and (path.parent, original.group(1)) in stems:
            left_out.append((path, f"a translation of {original.group(1)}{path.suffix}"))
        else:
            files.append(path)
    if not files:
        raise InputError(f"{folder}: no document in it; wanted are files that end in {', '.join(sorted(_KIND))}")
    if len(files) > _MOST:
        raise InputError(f"{folder}: {len(files)} files, and at most {_MOST} are read; name a folder further down")
    return Choice(tuple(files), tuple(left_out))


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.suffix.lower() in _KIND and path.is_file():
            yield path
