"""A public suite's files: from a folder at hand, from the cache, or from their address."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from tasks import fetch
from tasks.errors import InputError
from tasks.safety.public.sources import File, Source


def local(source: Source, data_dir: Path | None) -> dict[str, Path]:
    """The source's files below `data_dir`, by name; the first path in order where a name lies there twice.

    Raises:
        InputError: `data_dir` is no folder.
    """
    if data_dir is None:
        return {}
    if not data_dir.is_dir():
        raise InputError(f"{data_dir}: no such folder; --data-dir wants one with copies of the public suites")
    wanted = {file.name for file in source.files}
    found: dict[str, Path] = {}
    for path in sorted(data_dir.rglob("*")):
        if path.name in wanted and path.is_file():
            found.setdefault(path.name, path)
    return found


def cache_folder() -> Path:
    """Where fetched files are kept: `$XDG_CACHE_HOME/valign/safety`, `~/.cache` where that is not set."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valign" / "safety"


def read(source: Source, data_dir: Path | None, download: Callable[[str], bytes] = fetch.download) -> dict[str, bytes]:
    """The bytes of the source's files: those below `data_dir` where any lies there, else all from cache or address.

    Raises:
        InputError: they lie nowhere; the line says how to get them.
    """
    found = local(source, data_dir)
    if found:
        return {name: path.read_bytes() for name, path in found.items()}
    return {file.name: _fetched(source, file, download) for file in source.files}


def _fetched(source: Source, file: File, download: Callable[[str], bytes]) -> bytes:
    kept = cache_folder() / hashlib.sha256(file.url.encode()).hexdigest()[:16] / file.name
    if kept.is_file():
        return kept.read_bytes()
    if not file.url:
        raise InputError(f"{source.title}: no copy at hand; {source.how_to_get()}")
    try:
        data = download(file.url)
    except InputError:
        raise InputError(f"{source.title}: {file.url} cannot be fetched; {source.how_to_get()}") from None
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f".{kept.name}.unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(kept)
    return data
