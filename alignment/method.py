"""What an alignment method is: a name, what it starts from, what it reads, and a function that trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class TrainingJob:
    """One training run.

    `rows` are in TRL's own formats: `text` for a document, `prompt`/`completion` for instructions,
    `prompt`/`chosen`/`rejected` for preferences (conversational). `settings` go to TRL's config class as TRL names
    them; `lora`, where given, to peft's `LoraConfig`.
    """

    model: str
    rows: Rows
    out: Path
    seed: int
    device: str = "cpu"
    dtype: str = "float32"
    settings: Mapping[str, Any] = field(default_factory=dict)
    lora: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Method:
    """What turns a checkpoint into another. A file of `alignment/methods/` holds one as `METHOD`.

    `config` names the class whose fields the settings are, as `module:Class`; with it they are checked before a run
    starts.
    """

    name: str
    label: str
    starts_from: str
    reads: Literal["document", "instructions", "preferences"]
    summary: str
    train: Callable[[TrainingJob], None]
    config: str = ""
