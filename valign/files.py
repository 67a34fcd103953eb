"""Atomic writes, and a cache for parsed files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from valign.escaping import in_json

Parsed = TypeVar("Parsed")


def write_atomic(path: Path, text: str) -> None:
    """Write a text to a temporary file and rename it, so that a reader never sees a partial file."""
    write_bytes_atomic(path, text.encode("utf-8"))


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """The same for bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    partial.write_bytes(content)
    os.replace(partial, path)


def write_json(path: Path, data: Any) -> None:
    """Write data as indented JSON, atomically."""
    write_atomic(path, in_json(json.dumps(data, indent=1, ensure_ascii=False)) + "\n")


def parsed_once(parse: Callable[[Path], Parsed]) -> Callable[[Path], Parsed]:
    """Cache the result of `parse` by path, size and modification time. Callers must not modify the result."""

    @lru_cache(maxsize=256)
    def cached(path: Path, size: int, changed: int) -> Parsed:
        return parse(path)

    @wraps(parse)
    def read(path: Path) -> Parsed:
        if not path.is_file():
            return parse(path)
        stat = path.stat()
        return cached(path.resolve(), stat.st_size, stat.st_mtime_ns)

    return read
