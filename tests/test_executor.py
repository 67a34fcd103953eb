"""Stages are made once their needs are there, batch by batch; what cannot be made takes along only what needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from stored import Stored

from harness.run.executor import execute
from harness.run.store import Store
from harness.stages.base import Artefact, Label, NotRunError, Workspace, Write


@dataclass(frozen=True, eq=False)
class Scripted(Stored):
    """A stage that writes its name, unless that is `lost` (cannot be made here) or `skipped` (make() ends early)."""

    needs: tuple[Artefact, ...] = ()
    batch: str | None = None

    @classmethod
    def make(cls, stages: Sequence[Scripted], work: Workspace) -> Iterator[tuple[Scripted, Write]]:
        for stage in stages:
            if stage.name == "lost":
                raise NotRunError("no such data here")
            if stage.name == "skipped":
                return
            yield stage, lambda folder, name=stage.name: (folder / "name").write_text(name)


def scripted(name: str, *needs: Artefact, batch: str | None = None) -> Scripted:
    return Scripted(Label("udhr", name, name), "answers", {"name": name}, needs, batch)


def carried_out(stages: Sequence[Scripted], store: Store) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    execute(stages, store, lambda stage, state: said.append((stage.name, state)))
    return said


def test_needs_come_first_and_a_second_time_nothing_is_made(tmp_path: Path) -> None:
    first = scripted("first")
    stages, store = [scripted("second", first), first], Store(tmp_path)
    assert carried_out(stages, store) == [
        ("first", "started"), ("first", "finished"), ("second", "started"), ("second", "finished"),
    ]  # fmt: skip
    assert carried_out(stages, store) == [("second", "reused"), ("first", "reused")]


def test_what_cannot_be_made_takes_along_what_needs_it_and_nothing_else(tmp_path: Path) -> None:
    lost = scripted("lost", batch="together")
    stages = [lost, scripted("beside", batch="together"), scripted("after", lost), scripted("elsewhere")]
    said = dict(carried_out(stages, Store(tmp_path)))
    assert said == {
        "lost": "not run: no such data here", "after": "not run: no such data here",
        "beside": "finished", "elsewhere": "finished",
    }  # fmt: skip


def test_a_make_that_ends_early_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="make\\(\\) ended before 'skipped' was made"):
        carried_out([scripted("skipped")], Store(tmp_path))


def test_a_need_that_no_stage_makes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="second needs what no stage of the plan makes"):
        carried_out([scripted("second", scripted("first"))], Store(tmp_path))
