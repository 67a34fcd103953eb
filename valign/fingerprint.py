"""Fingerprints: hashes that identify inputs, files and models."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from valign.errors import InputError

#: Files in a model's folder that do not change its behaviour.
_NOTES = {"training_log.json", "stage.json", "README.md"}


def fingerprint(*parts: Any) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of `parts` as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def of_file(path: Path) -> str:
    """The fingerprint of a file's bytes.

    Raises:
        InputError: no such file.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    stat = path.stat()
    return _of_file(str(path), stat.st_size, stat.st_mtime_ns)


@cache
def _of_file(path: str, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def of_model(located: str) -> str:
    """The fingerprint of a located model: the bytes of every file of its folder, or its hub id and revision.

    A folder's training log, notes for people and hidden files do not count.

    Raises:
        InputError: a hub model that is neither in this machine's cache nor to be had from the hub.
    """
    path = Path(located)
    if path.is_file():
        return of_file(path)
    if not path.is_dir():
        return f"{located}@{hub_revision(located)}"
    files = sorted(f for f in path.rglob("*") if f.is_file() and _counts(f.relative_to(path)))
    return fingerprint(*[(str(f.relative_to(path)), of_file(f)) for f in files])


def _counts(file: Path) -> bool:
    return file.name not in _NOTES and not any(part.startswith(".") or part == "__pycache__" for part in file.parts)


@cache
def hub_revision(model: str) -> str:
    """The commit that a hub model stands for now: the hub's newest, or the cached one without a network.

    Raises:
        InputError: no such model, or the hub cannot be reached and nothing is cached.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(hf_hub_download(model, "config.json")).parent.name
    except (OSError, HFValidationError) as error:
        raise InputError(f"model {model!r}: {str(error).splitlines()[0]}") from error


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Installed versions of `packages`; `absent` for those that are not installed."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
