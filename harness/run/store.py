"""A run's folder: artefacts named by fingerprint, written whole or not at all, never changed afterwards."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.stages.base import Artefact, Stage
from valign.errors import InputError
from valign.files import write_json

_RECORD = "stage.json"


class Store:
    """The artefacts below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, artefact: Artefact) -> Path:
        """Where an artefact is, under whatever name it was made, or will be."""
        of_kind = self.folder / artefact.kind
        there = sorted(found for found in of_kind.glob(f"*-{artefact.id}") if not found.name.startswith("."))
        return there[0] if there else of_kind / f"{artefact.name}-{artefact.id}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out of the folder for as long as this one lasts; a killed run keeps nobody out.

        Raises:
            InputError: another run is at work there, or the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            opened = (self.folder / ".lock").open("a")
        except OSError as error:
            where = self.folder.parent
            raise InputError(f"{where}: cannot be written ({error.strerror}); expected a folder for the run") from None
        with opened as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{self.folder}: another run is at work here; wait for it or give --out") from None
            yield

    def has(self, artefact: Artefact) -> bool:
        """Whether the artefact was written whole."""
        return (self.path(artefact) / _RECORD).is_file()

    def seconds(self, artefact: Artefact) -> float | None:
        """How long making it took, or None where it is not there."""
        if not self.has(artefact):
            return None
        return float(self._record(artefact)["seconds"])

    def inputs(self, artefact: Artefact) -> dict[str, Any]:
        """All that an artefact was made from, as its record says."""
        inputs: dict[str, Any] = self._record(artefact)["inputs"]
        return inputs

    def _record(self, artefact: Artefact) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.path(artefact) / _RECORD).read_text(encoding="utf-8"))
        return record

    def write(self, stage: Stage, write: Callable[[Path], None], started: float | None = None) -> Path:
        """Return the stage's folder; where it is missing, let `write` fill an empty folder and move that in place.

        What a killed run left half-written is removed first. The record is written last and the folder renamed after
        it, so that a folder under its final name is always whole. started: when the work began (`time.monotonic`).
        """
        final = self.path(stage)
        if self.has(stage):
            return final
        started = time.monotonic() if started is None else started
        partial = final.with_name(f".partial-{final.name}")
        for left in (partial, final):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
        write(partial)
        record = {**stage.record, "name": stage.name, "seconds": round(time.monotonic() - started, 2)}
        write_json(partial / _RECORD, record)
        os.replace(partial, final)
        return final
