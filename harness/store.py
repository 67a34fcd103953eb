"""A run's folder: artefacts named by fingerprint, written whole or not at all, never changed afterwards."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.fingerprint import fingerprint
from tasks.errors import InputError
from tasks.files import write_whole as write_whole

_RECORD = "stage.json"


@dataclass(frozen=True)
class Artefact:
    """One stage's output: `kind` (checkpoint, answers, …), a readable `name`, and all it was made from."""

    kind: str
    name: str
    inputs: dict[str, Any]

    @property
    def id(self) -> str:
        """The fingerprint of the kind and the inputs; the name plays no part."""
        return fingerprint(self.kind, self.inputs)


class Named(Protocol):
    """What an artefact is found by: one to be made, or one that a run's manifest names."""

    @property
    def kind(self) -> str:
        """The shelf it lies on."""

    @property
    def name(self) -> str:
        """How its folder's name begins, where it is still to be made."""

    @property
    def id(self) -> str:
        """Its fingerprint."""


class Store:
    """The artefacts below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, artefact: Named) -> Path:
        """Where an artefact lies, under whatever name it was made, or will lie."""
        shelf = self.folder / artefact.kind
        made = sorted(found for found in shelf.glob(f"*-{artefact.id}") if not found.name.startswith("."))
        return made[0] if made else shelf / f"{artefact.name}-{artefact.id}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out of the folder for as long as this one lasts; a killed run keeps nobody out.

        Raises:
            InputError: another run is at work there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{self.folder}: another run is at work here; wait for it or give --out") from None
            yield

    def has(self, artefact: Named) -> bool:
        """Whether the artefact was written whole."""
        return (self.path(artefact) / _RECORD).is_file()

    def seconds(self, artefact: Named) -> float | None:
        """How long making it took, or None where it is not there."""
        if not self.has(artefact):
            return None
        return float(self._record(artefact)["seconds"])

    def inputs(self, artefact: Named) -> dict[str, Any]:
        """All that an artefact was made from, as its record says."""
        inputs: dict[str, Any] = self._record(artefact)["inputs"]
        return inputs

    def _record(self, artefact: Named) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.path(artefact) / _RECORD).read_text(encoding="utf-8"))
        return record

    def make(self, artefact: Artefact, write: Callable[[Path], None]) -> Path:
        """Return the artefact's folder; where it is missing, let `write` fill an empty folder and move that in place.

        What a killed run left half-written is removed first. The record is written last and the folder renamed after
        it, so that a folder under its final name is always whole.
        """
        final = self.path(artefact)
        if self.has(artefact):
            return final
        started = time.monotonic()
        partial = final.with_name(f".partial-{final.name}")
        for left in (partial, final):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
        write(partial)
        record: dict[str, Any] = {"kind": artefact.kind, "name": artefact.name, "inputs": artefact.inputs}
        record["seconds"] = round(time.monotonic() - started, 2)
        (partial / _RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(partial, final)
        return final
