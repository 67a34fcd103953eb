"""The recipe: everything a run depends on, as YAML that is checked before anything starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tasks.errors import InputError, unknown

SEED = "seed"


class _Loader(yaml.SafeLoader):
    """YAML as people write it: `1e-3` is a number, as in YAML 1.2, not the string that YAML 1.1 takes it for."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeedModel(_Part):
    """The model before alignment."""

    model: str = Field(description="hub id, folder, or package:<import name>/<folder>")
    label: str = "seed"
    stand_in: bool = Field(False, description="its absolute figures mean nothing; every output says so")


class Hardware(_Part):
    """Where arithmetic happens. Its settings change the last digits, so they belong to the recipe."""

    device: str = "auto"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    threads: int | None = Field(None, ge=1, description="CPU threads; null leaves torch's default")


class Training(_Part):
    """One method's training: TRL's settings under TRL's names, peft's `LoraConfig` under `lora`."""

    settings: dict[str, Any] = {}
    lora: dict[str, Any] | None = None
    starts_from: str | None = Field(None, description="another method's checkpoint than the method's own choice")


class Backend(_Part):
    """The lm-eval model class that answers, and its arguments."""

    name: str = "hf"
    batch_size: int = Field(32, ge=1)
    arguments: dict[str, Any] = {}


class Generation(_Part):
    """lm-eval's generation arguments; greedy by default."""

    max_gen_toks: int = Field(192, ge=1)
    do_sample: bool = False
    temperature: float = Field(0.0, ge=0.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _samples_warm(self) -> Generation:
        if self.do_sample and self.temperature == 0.0:
            raise ValueError("do_sample wants a temperature above 0")
        return self


class Retrieval(_Part):
    """How passages are found and shown."""

    embedder: str
    top_k: int = Field(3, ge=1)
    chunk_tokens: int = Field(256, ge=16)
    prompt: str | None = Field(None, description="a Jinja file with `passages` and `question`; null is the shipped one")


class System(_Part):
    """One row of the table."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")
    method: str = Field(description="a method's name, or 'seed'")
    retrieval: bool = False


class MetricChoice(_Part):
    """A metric by name, with its own settings."""

    name: str
    settings: dict[str, Any] = {}


class JudgeChoice(_Part):
    """A judge by name, with its own settings."""

    name: str
    settings: dict[str, Any] = {}


class Statistics(_Part):
    """How intervals and tests are made."""

    resamples: int = Field(10_000, ge=100)
    confidence: float = Field(0.95, gt=0.5, lt=1.0)
    clusters: Literal["section", "none"] = "section"
    interval: Literal["percentile", "bca"] = "percentile"


class Recipe(_Part):
    """Everything a run depends on."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = 0
    documents: list[str] = Field(min_length=1, description="registered names or data folders")
    limit: int | None = Field(None, ge=1, description="only the first items of every held-out set: for trying out")
    seed_model: SeedModel
    hardware: Hardware = Hardware()
    methods: dict[str, Training] = {}
    systems: list[System] = Field(min_length=1)
    backend: Backend = Backend()
    generation: Generation = Generation()
    retrieval: Retrieval | None = None
    metrics: list[MetricChoice] = Field(min_length=1)
    judges: list[JudgeChoice] = []
    comparisons: list[tuple[str, str]] = Field([], description="pairs of systems whose difference is tested")
    statistics: Statistics = Statistics()

    @model_validator(mode="before")
    @classmethod
    def _one_document(cls, data: Any) -> Any:
        if isinstance(data, dict) and "document" in data:
            if "documents" in data:
                raise ValueError("'document' and 'documents' say the same thing; keep one of them")
            data = {**data, "documents": [data["document"]]}
            del data["document"]
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        names = [system.name for system in self.systems]
        parts: dict[str, list[str]] = {
            "document": self.documents,
            "system": names,
            "metric": [metric.name for metric in self.metrics],
            "judge": [judge.name for judge in self.judges],
        }
        for part, named in parts.items():
            if twice := sorted({n for n in named if named.count(n) > 1}):
                raise ValueError(f"{part} {twice[0]!r} is named twice")
        for system in self.systems:
            if system.retrieval and self.retrieval is None:
                raise ValueError(f"system {system.name!r} wants retrieval; add a 'retrieval:' block")
        for name in (name for pair in self.comparisons for name in pair):
            if name not in names:
                raise ValueError(f"comparisons: no system is named {name!r}; there are {', '.join(names)}")
        return self


def load_recipe(path: Path, overrides: list[str] | None = None) -> Recipe:
    """Read and check a recipe; `overrides` are `a.b=value` with YAML values.

    Raises:
        InputError: no such file, broken YAML, an unknown key (with the nearest known one), a wrong value.
    """
    if not path.is_file():
        raise InputError(f"recipe {path}: no such file")
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise InputError(f"recipe {path}: broken YAML: {' '.join(str(error).split())}") from None
    except UnicodeDecodeError:
        raise InputError(f"recipe {path}: no UTF-8 text; a YAML file is wanted") from None
    if not isinstance(data, dict):
        raise InputError(f"recipe {path}: a mapping of keys to values is wanted")
    for override in overrides or []:
        _override(data, override)
    return parse_recipe(data, str(path))


def parse_recipe(data: dict[str, Any], where: str) -> Recipe:
    """Check a recipe's data; `where` names it in errors."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key is missing too
        path = [str(part) for part in first["loc"]]
        if first["type"] == "extra_forbidden":
            wrong = unknown("key", path.pop(), _keys_beside(first["loc"]))
            raise InputError(": ".join([where, *([".".join(path)] if path else []), str(wrong)])) from None
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(": ".join([where, *([".".join(path)] if path else []), message])) from None


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise InputError(f"--set {override}: wanted key=value, as in --set generation.max_gen_toks=64")
    *path, last = key.split(".")
    at: Any = data
    for part in path:
        at = _step(at, part, override, create=True)
    try:
        parsed = yaml.load(value, _Loader)
    except yaml.YAMLError:
        raise InputError(f"--set {override}: the value is no YAML") from None
    if isinstance(at, list):
        at[_position(at, last, override)] = parsed
    else:
        if other := {"document": "documents", "documents": "document"}.get(key):
            data.pop(other, None)
        at[last] = parsed


def _step(at: Any, part: str, override: str, create: bool) -> Any:
    if isinstance(at, list):
        return at[_position(at, part, override)]
    if at.get(part) is None and create:
        at[part] = {}
    if not isinstance(at[part], dict | list):
        raise InputError(f"--set {override}: {part!r} holds a single value, nothing lies below it")
    return at[part]


def _position(items: list[Any], part: str, override: str) -> int:
    if not part.isdigit() or int(part) >= len(items):
        raise InputError(f"--set {override}: {part!r} should be a position from 0 to {len(items) - 1}")
    return int(part)


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """The keys that the model at `location`'s parent knows: walks the schema as the error's path does."""
    schema = Recipe.model_json_schema()
    definitions, node = schema["$defs"], schema
    for part in location[:-1]:
        node = node.get("properties", {}).get(part) or node.get("items") or node.get("additionalProperties") or node
        for option in node.get("anyOf", [node]):
            if "$ref" in option:
                node = definitions[option["$ref"].rsplit("/", 1)[1]]
    return list(node.get("properties", {}))
