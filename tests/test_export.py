"""`valign data export` writes a folder that `load_dataset` opens."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tasks.data.export import CONFIGS, export
from tasks.data.folder import DataFolder, find
from valign.errors import InputError
from valign.jsonl import write_rows


def as_json(example: Any) -> Any:
    return json.loads(json.dumps(asdict(example)))


def test_every_configuration_loads_and_holds_what_the_folder_holds(tmp_path: Path) -> None:
    from datasets import load_dataset

    folder = find("udhr")
    out = export(folder, tmp_path / "out")
    loaded = {c: load_dataset(str(out), c, cache_dir=str(tmp_path / "cache")) for c in CONFIGS}
    assert {c: list(splits) for c, splits in loaded.items()} == {c: [split] for c, split in CONFIGS.items()}
    assert loaded["sft"]["train"].to_list() == [as_json(e) for e in folder.instructions()]
    assert loaded["preference"]["train"].to_list() == [as_json(e) for e in folder.preferences()]
    assert loaded["heldout"]["test"].to_list() == [as_json(e) for e in folder.held_out()]
    assert loaded["heldout_preference"]["test"].to_list() == [as_json(e) for e in folder.held_out_preferences()]
    assert (out / "document.md").read_text() == (folder.path / "document.md").read_text()


def test_absent_splits_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "document.md").write_text("# Rules\n\n## Gifts\n\nNo gift above ten euros.\n")
    folder = DataFolder("mine", tmp_path)
    with pytest.raises(InputError, match="nothing to export"):
        export(folder, tmp_path / "out")
    row = {
        "id": "1",
        "kind": "fact",
        "section": "gifts",
        "chunk": "gifts.1",
        "prompt": "How much?",
        "completion": "Ten.",
    }
    write_rows(tmp_path / "sft.jsonl", [row])
    card = (export(folder, tmp_path / "out") / "README.md").read_text()
    assert "config_name: sft" in card
    assert "heldout" not in card


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export(find("udhr"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
