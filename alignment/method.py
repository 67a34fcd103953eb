"""The type of an alignment method, and of one training run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Tracking:
    """What training is logged to besides `training_log.json`, by transformers' own callbacks; it changes no result.

    trackers: as transformers' `report_to` names them. project, name: what the trackers call the run and this training.
    folder: for those that write files where they are told to; others go where their own settings say.
    """

    trackers: tuple[str, ...]
    project: str
    name: str
    folder: Path


@dataclass(frozen=True)
class TrainingJob:
    """One training run: it trains the checkpoint `model` and writes the result to the folder `out`.

    `rows` are in TRL's formats: `text` for a document (one row), `prompt`/`completion` for instructions,
    `prompt`/`chosen`/`rejected` for preferences (both conversational). `dtype` is the data type of the weights; `bf16`
    turns on bfloat16 autocast unless the settings decide it. `settings` are arguments of TRL's config class, `lora`
    arguments of peft's `LoraConfig`; without `lora` all weights are trained. `tracking` is off where None.
    """

    model: str
    rows: Rows
    out: Path
    seed: int
    device: str = "cpu"
    dtype: str = "float32"
    bf16: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    lora: Mapping[str, Any] | None = None
    tracking: Tracking | None = None


@dataclass(frozen=True)
class Method:
    """An alignment method; a plug-in file defines one as `METHOD`.

    name: as in a recipe. label: as in tables. starts_from: the method whose checkpoint it trains, or `seed`. reads: the
    data that it trains on. summary: one line for `valign methods`. train: trains and writes the checkpoint. config:
    `module:Class` of the class whose fields the settings are, which checks them before a run starts. fixed: settings
    that the method decides; a recipe may repeat them.
    """

    name: str
    label: str
    starts_from: str
    reads: Literal["document", "instructions", "preferences"]
    summary: str
    train: Callable[[TrainingJob], None]
    config: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
