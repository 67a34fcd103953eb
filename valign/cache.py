"""The user's cache: folders that are downloaded or computed once and shared by every run on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from valign.errors import InputError


def cache_folder(subject: str) -> Path:
    """Where files of a subject are kept: `$XDG_CACHE_HOME/valign/<subject>`, `~/.cache` where that is not set."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valign" / subject


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """The folder, built where it is missing; of several processes one builds it and the others wait.

    Args:
        folder: the final place; nobody ever sees half of it.
        build: writes the files into an empty folder beside the final place, which is then renamed. What an interrupted
            build left there is removed before the next.

    Raises:
        InputError: the cache cannot be written.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not folder.is_dir():
                _build(folder, build)
    except OSError as error:
        where, reason = error.filename or folder.parent, error.strerror
        raise InputError(f"{where}: cannot be written ({reason}); set XDG_CACHE_HOME to another folder") from None
    return folder


def _build(folder: Path, build: Callable[[Path], None]) -> None:
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        build(partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
