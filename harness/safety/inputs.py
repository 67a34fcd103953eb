"""What a part's items depend on, for the fingerprint, before any of them is loaded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.fingerprint import of_file
from harness.recipe import Safety
from harness.safety.suites import Part, core_files
from tasks.safety.public import files


def part_inputs(part: Part, settings: Safety) -> dict[str, Any]:
    """The tasks, the sample and the data: the core's files, a public part's local copy, or where it comes from.

    A local copy counts by its bytes, not by where it lies.

    Raises:
        InputError: `data_dir` is no folder.
    """
    inputs: dict[str, Any] = {
        "part": part.name,
        "tasks": [asdict(task) for task in part.tasks],
        "limit": settings.limit,
        "max_gen_toks": settings.max_gen_toks,
    }
    if part.source is None:
        return {**inputs, "data": {path.name: of_file(path) for path in core_files()}}
    found = files.local(part.source, Path(settings.data_dir) if settings.data_dir else None)
    if found:
        return {**inputs, "data": {name: of_file(path) for name, path in sorted(found.items())}}
    return {**inputs, "data": {"hub": part.source.hub, "files": [asdict(file) for file in part.source.files]}}
