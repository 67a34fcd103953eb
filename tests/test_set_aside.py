"""Settings are chosen on training items that are set aside; held-out items stay unread."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tasks.data.folder import DataFolder, find
from tasks.data.set_aside import set_aside
from valign.errors import InputError


def test_training_items_are_parted_and_held_out_items_are_not_read(tmp_path: Path) -> None:
    source = find("udhr")
    copy = DataFolder("udhr", Path(shutil.copytree(source.path, tmp_path / "udhr")))
    for name in ("heldout.jsonl", "heldout_preference.jsonl"):
        (copy.path / name).write_text("not even JSON\n")
    made = set_aside(copy, tmp_path / "aside" / "udhr", 0.2)
    instructions, aside = made.instructions(), made.held_out()
    assert {item.id for item in instructions} | {item.id for item in aside} == {i.id for i in source.instructions()}
    assert not {item.id for item in instructions} & {item.id for item in aside}
    assert len(aside) == pytest.approx(0.2 * len(source.instructions()), rel=0.15)
    completions = {item.id: item.completion for item in source.instructions()}
    assert all(item.reference == completions[item.id] and item.seen for item in aside)
    pairs = made.preferences() + made.held_out_preferences()
    assert sorted(pair.id for pair in pairs) == sorted(pair.id for pair in source.preferences())


def test_a_contrast_is_not_torn_apart(tmp_path: Path) -> None:
    made = set_aside(find("udhr"), tmp_path / "udhr", 0.5)
    learned, aside = ({pair.contrast for pair in some if pair.contrast} for some in
                      (made.preferences(), made.held_out_preferences()))  # fmt: skip
    assert learned
    assert aside
    assert not learned & aside


def test_a_folder_in_use_a_share_out_of_range_and_a_folder_without_training_items_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="share: 1"):
        set_aside(find("udhr"), tmp_path / "out", 1.0)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        set_aside(find("udhr"), tmp_path / "used", 0.2)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "document.md").write_text("# Rules\n\n## Gifts\n\nNone.\n")
    with pytest.raises(InputError, match="holds no training items"):
        set_aside(DataFolder("bare", tmp_path / "bare"), tmp_path / "out", 0.2)


def test_the_command_says_what_to_do_next(valign: object, tmp_path: Path) -> None:
    result = valign("data", "set-aside", "udhr", tmp_path / "aside" / "udhr")  # type: ignore[operator]
    assert result.code == 0
    assert f"--set document={tmp_path}/aside/udhr" in result.out.replace("\n", "")
