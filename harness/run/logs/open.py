"""The logs at a path, whichever harness wrote them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.run.logs.base import Logged
from harness.run.logs.lm_eval import read_samples
from valign.errors import InputError

_EVAL = ".eval"
_WANTED = "lm-eval's samples (samples_*.jsonl, from --log_samples) or inspect's logs (*.eval)"


def read_logs(path: Path, needed: Callable[[str], bool] = lambda column: True) -> list[Logged]:
    """Every system on every task that is logged in a file, or below a folder; of several logs of one the newest.

    needed: which columns of text metrics to compute.

    Raises:
        InputError: no such file or folder, no log in it, or a log that cannot be read.
    """
    found: dict[tuple[str, str], Logged] = {}
    for file in _files(path):
        logged = _read(file, needed)
        key = (logged.system, logged.task)
        if older := found.get(key):
            note = f"{older.file.name} is passed over: {file.name} has its system and task, and is newer by its name"
            logged = replace(logged, notes=(*older.notes, note, *logged.notes))
        found[key] = logged
    return list(found.values())


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = [*path.rglob("samples_*.jsonl"), *path.rglob(f"*{_EVAL}")] if path.is_dir() else []
    if not files:
        raise InputError(f"{path}: neither a run (run.json) nor {_WANTED}")
    return sorted(files, key=lambda file: (file.parent, file.name))


def _read(file: Path, needed: Callable[[str], bool]) -> Logged:
    if file.suffix == _EVAL:
        from harness.run.logs.inspect_ai import read_inspect

        return read_inspect(file)
    return read_samples(file, needed)
