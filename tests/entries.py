"""Runs and entries for tests of the leaderboard, and how to change an entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finished import held_out, spoilt, write_run

from harness.leaderboard.entry import Entry, checksum, entry_text
from harness.leaderboard.make import entry_of
from harness.leaderboard.measured import RESAMPLES
from harness.run.manifest import read_manifest, write_manifest

ITEMS = held_out(72)
#: The references with more and more words replaced: the true order of the systems.
ANSWERS = {"best": spoilt(ITEMS, 0.1, 1), "good": spoilt(ITEMS, 0.4, 2), "poor": spoilt(ITEMS, 0.8, 3)}


@dataclass(frozen=True)
class Entries:
    """runs: the folder with the runs `one`, `two` and `other`, of which these are the entries.

    `one` has the systems best, good and poor; `two` shares good with it on the same items; `other` shares none.
    """

    runs: Path
    one: Entry
    two: Entry
    other: Entry


def write_entries(folder: Path) -> Entries:
    """Write the three runs and make their entries."""
    write_run(folder / "one", ANSWERS, ITEMS)
    write_run(folder / "two", {"same": ANSWERS["good"], "new": spoilt(ITEMS, 0.6, 4)}, ITEMS)
    write_run(folder / "other", {"a": spoilt(ITEMS, 0.2, 5), "b": spoilt(ITEMS, 0.5, 6)}, ITEMS)
    for run in folder.iterdir():  # the leaderboard's number of resamples, so that its figures are those of the run
        manifest = read_manifest(run)
        settings = manifest.recipe.statistics.model_copy(update={"resamples": RESAMPLES})
        recipe = manifest.recipe.model_copy(update={"statistics": settings})
        write_manifest(run, manifest.model_copy(update={"recipe": recipe}))
    return Entries(folder, *(entry_of(folder / name) for name in ("one", "two", "other")))


def write_entry(results: Path, entry: Entry) -> Path:
    """Write an entry's file below `results`."""
    path = results / "entries" / f"{entry.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(entry_text(entry), encoding="utf-8")
    return path


def changed(entry: Entry, change: Callable[[dict[str, Any]], None]) -> Entry:
    """The entry with something else in its data, and the checksum that fits."""
    data = entry.model_dump(mode="json")
    change(data)
    return Entry.model_validate({**data, "checksum": checksum(data)})


def prompts(data: dict[str, Any]) -> dict[str, Any]:
    """The held-out prompts in an entry's data."""
    found: dict[str, Any] = data["documents"][0]["item_sets"][0]
    return found
