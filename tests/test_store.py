"""An artefact is under its final name whole, or it is not there; it is made once."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from stored import Stored, stored

from harness.run.store import Store
from valign.errors import InputError
from valign.files import write_atomic

ARTEFACT = stored("answers", "udhr-sft", {"model": "abc", "limit": 3})


def write(text: str):
    return lambda folder: (folder / "rows.jsonl").write_text(text)


def test_an_artefact_is_made_once_and_then_reused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert not store.has(ARTEFACT)
    first = store.write(ARTEFACT, write("one"))
    second = Store(tmp_path).write(replace(ARTEFACT), write("two"))
    assert first == second
    assert (second / "rows.jsonl").read_text() == "one"


@pytest.mark.parametrize(
    "other", [replace(ARTEFACT, given={"model": "abd", "limit": 3}), replace(ARTEFACT, of_kind="likelihoods")]
)
def test_another_input_or_kind_gives_another_place(tmp_path: Path, other: Stored) -> None:
    store = Store(tmp_path)
    assert store.write(ARTEFACT, write("one")) != store.write(other, write("two"))
    assert (store.path(ARTEFACT) / "rows.jsonl").read_text() == "one"


def test_the_order_of_inputs_does_not_count() -> None:
    assert replace(ARTEFACT, given={"limit": 3, "model": "abc"}).id == ARTEFACT.id


def test_a_write_that_fails_leaves_nothing_and_the_next_one_starts_from_an_empty_folder(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def fail(folder: Path) -> None:
        (folder / "half.jsonl").write_text("half")
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        store.write(ARTEFACT, fail)
    assert not store.path(ARTEFACT).exists()
    assert not store.has(ARTEFACT)
    made = store.write(ARTEFACT, write("whole"))
    assert sorted(file.name for file in made.iterdir()) == ["rows.jsonl", "stage.json"]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from stored import Stored, stored
from harness.run.store import Store

def write(folder):
    (folder / "half.jsonl").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

Store(Path(sys.argv[1])).write(stored("answers", "udhr-sft", {"model": "abc", "limit": 3}), write)
"""


def test_a_process_killed_while_writing_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent)], check=False)
    assert died.returncode == -signal.SIGKILL
    store = Store(tmp_path)
    assert list(tmp_path.rglob("half.jsonl")), "the process should have been killed in the middle of writing"
    assert not store.path(ARTEFACT).exists()
    made = store.write(ARTEFACT, write("whole"))
    assert sorted(file.name for file in made.iterdir()) == ["rows.jsonl", "stage.json"]
    assert not list(tmp_path.rglob("half.jsonl"))


def test_a_folder_without_its_record_is_not_taken_for_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.path(ARTEFACT).mkdir(parents=True)
    assert not store.has(ARTEFACT)
    assert (store.write(ARTEFACT, write("whole")) / "rows.jsonl").read_text() == "whole"


def test_the_record_says_what_an_artefact_was_made_from(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(ARTEFACT, write("one"))
    record = (store.path(ARTEFACT) / "stage.json").read_text()
    assert '"model": "abc"' in record
    assert store.seconds(ARTEFACT) is not None


def test_a_file_written_whole_replaces_the_old_one_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tables.md"
    write_atomic(path, "old")
    held = path.open()
    write_atomic(path, "new")
    with held:
        assert held.read() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in path.parent.iterdir()] == ["tables.md"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match=r"taken: cannot be written.*expected a folder for the run"):
        Store(tmp_path / "taken" / "artefacts").lock().__enter__()
