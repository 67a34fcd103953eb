"""A public suite's files: from a local folder, from the cache, or downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from tasks.documents import fetch
from tasks.safety.suite import File, SafetySuite, Source
from valign.cache import cache_folder
from valign.errors import InputError


def local(source: Source, data_dir: Path | None) -> dict[str, Path]:
    """The source's files below `data_dir`, by name; of several with one name the first path in order.

    Raises:
        InputError: `data_dir` is no folder.
    """
    if data_dir is None:
        return {}
    if not data_dir.is_dir():
        raise InputError(f"{data_dir}: no such folder; expected one with copies of public suites for --data-dir")
    names = {file.name for file in source.files}
    found: dict[str, Path] = {}
    for path in sorted(data_dir.rglob("*")):
        if path.name in names and path.is_file():
            found.setdefault(path.name, path)
    return found


def read(
    suite: SafetySuite, data_dir: Path | None, download: Callable[[str], bytes] = fetch.download
) -> dict[str, bytes]:
    """The bytes of a public suite's files: those below `data_dir` if any is there, else all cached or downloaded ones.

    Raises:
        InputError: a file is nowhere; the message says how to get it.
    """
    if suite.source is None:
        return {}
    found = local(suite.source, data_dir)
    if found:
        return {name: path.read_bytes() for name, path in found.items()}
    return {file.name: _fetched(suite.title, suite.source, file, download) for file in suite.source.files}


def _fetched(title: str, source: Source, file: File, download: Callable[[str], bytes]) -> bytes:
    cached = cache_folder("safety") / hashlib.sha256(file.url.encode()).hexdigest()[:16] / file.name
    if cached.is_file():
        return cached.read_bytes()
    if not file.url:
        raise InputError(f"{title}: no local copy; {source.how_to_get()}")
    try:
        data = download(file.url)
    except InputError:
        raise InputError(f"{title}: {file.url} cannot be fetched; {source.how_to_get()}") from None
    cached.parent.mkdir(parents=True, exist_ok=True)
    partial = cached.with_name(f".partial-{cached.name}")
    partial.write_bytes(data)
    partial.replace(cached)
    return data
