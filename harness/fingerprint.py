"""Fingerprints: a short name for all that an artefact was made from."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from tasks.errors import InputError
from tasks.fingerprint import fingerprint as fingerprint

#: The packages whose version can change what a stage writes.
TRAINING = ("torch", "transformers", "trl", "peft", "accelerate")
ANSWERING = ("torch", "transformers", "lm_eval", "faiss-cpu", "sentence-transformers")


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
    """The fingerprint of a located model: the bytes of its files where it is a folder, else its hub id.

    Training's own log and notes for people do not count.
    """
    folder = Path(located)
    if not folder.is_dir():
        return located
    files = sorted(
        f for f in folder.rglob("*") if f.is_file() and f.suffix in {".json", ".jinja", ".safetensors", ".bin", ".txt"}
    )
    kept = [f for f in files if f.name not in {"training_log.json", "stage.json", "pretraining.json"}]
    return fingerprint(*[(str(f.relative_to(folder)), of_file(f)) for f in kept])


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Installed versions of `packages`; one that is absent is named so."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
