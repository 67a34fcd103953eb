"""Trackers: transformers' own callbacks, off by default, outside every fingerprint; what is trained is the same."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alignment.method import Tracking, TrainingJob
from alignment.rows import training_rows
from alignment.training import check_trackers, fixed_settings
from baselines.registry import METHODS
from harness.recipe import parse_recipe
from harness.run.plan import make_plan
from tasks.data.folder import DataFolder
from valign.errors import InputError

SETTINGS = {
    "max_steps": 2, "per_device_train_batch_size": 2, "learning_rate": 0.01, "max_length": 64, "logging_steps": 1,
    "gradient_checkpointing": False, "bf16": False, "disable_tqdm": True,
}  # fmt: skip


def scalars(folder: Path) -> Iterator[tuple[str, int, float]]:
    """(name, step, value) of TensorBoard's event files: records of a length, its checksum, an event, its checksum."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted(folder.rglob("events.out.tfevents.*")):
        data, at = file.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            at += length + 16
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    yield value.tag, event.step, value.simple_value


@pytest.mark.slow
def test_tensorboard_gets_the_losses_and_the_checkpoint_is_the_same(
    tiny_model: Path, data_folder: Path, tmp_path: Path
) -> None:
    method, data = METHODS.find("sft"), DataFolder("library", data_folder)
    rows = training_rows(data, method, lambda: [])
    tracking = Tracking(("tensorboard",), "quick", "library-sft", tmp_path / "tracking")
    for name, tracked in (("plain", None), ("tracked", tracking)):
        method.train(TrainingJob(str(tiny_model), rows, tmp_path / name, 0, settings=SETTINGS, tracking=tracked))
    plain, tracked_too = (
        {one.name: one.read_bytes() for one in (tmp_path / name).iterdir()} for name in ("plain", "tracked")
    )
    assert plain == tracked_too
    logged = {(tag, step): value for tag, step, value in scalars(tmp_path / "tracking")}
    losses = [one for one in json.loads((tmp_path / "plain" / "training_log.json").read_text()) if "loss" in one]
    assert [logged["train/loss", one["step"]] for one in losses] == pytest.approx([one["loss"] for one in losses])


def test_a_tracker_is_no_part_of_a_fingerprint(tiny_recipe: dict[str, Any]) -> None:
    plans = [make_plan(parse_recipe({**tiny_recipe, "trackers": names}, "recipe")) for names in ([], ["tensorboard"])]
    assert [one.id for one in plans[0].stages] == [one.id for one in plans[1].stages]


def test_nothing_is_tracked_unless_a_recipe_says_so() -> None:
    job = TrainingJob("model", [], Path(), 0)
    assert fixed_settings(job)["report_to"] == "none"


def test_an_unknown_or_missing_tracker_is_one_line(
    valign: Callable[..., Any], tiny_recipe: dict[str, Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_recipe({**tiny_recipe, "trackers": ["tensorbord"]})
    result = valign("run", path, "--out", tmp_path / "run", "--dry-run")
    assert (result.code, result.err) == (2, "valign: unknown tracker 'tensorbord': did you mean 'tensorboard'?\n")
    with pytest.raises(InputError, match="tracker 'neptune': its package is not installed; installed: "):
        check_trackers(["neptune"])
