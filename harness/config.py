"""YAML files that people write, checked against a pydantic model; an unknown key is refused with the nearest known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.errors import InputError, unknown


class Part(BaseModel):
    """A part of such a file: an unknown key is an error, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Checked = TypeVar("Checked", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML as people write it: `1e-3` is a number, as in YAML 1.2, not the string that YAML 1.1 takes it for."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """A YAML file that holds one mapping; `what` it is (`recipe`, `gate`) begins every error.

    Raises:
        InputError: no such file, no UTF-8 text, broken YAML, or no mapping.
    """
    if not path.is_file():
        raise InputError(f"{what} {path}: no such file")
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise InputError(f"{what} {path}: broken YAML: {' '.join(str(error).split())}") from None
    except UnicodeDecodeError:
        raise InputError(f"{what} {path}: no UTF-8 text; a YAML file is wanted") from None
    if not isinstance(data, dict):
        raise InputError(f"{what} {path}: a mapping of keys to values is wanted")
    return data


def checked(model: type[Checked], data: dict[str, Any], where: str) -> Checked:
    """`data` as `model`; `where` names it in errors.

    Raises:
        InputError: the first thing that is wrong, by its key.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key is missing too
        path = [str(part) for part in first["loc"]]
        if first["type"] == "extra_forbidden":
            wrong = unknown("key", path.pop(), _keys_beside(model, first["loc"]))
            raise InputError(": ".join([where, *([".".join(path)] if path else []), str(wrong)])) from None
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(": ".join([where, *([".".join(path)] if path else []), message])) from None


def override(data: dict[str, Any], change: str) -> None:
    """Change `data` by `a.b=value`, the value being YAML; a number in the path is a position in a list.

    Raises:
        InputError: no `key=value`, a value that is no YAML, or a path that leads nowhere.
    """
    put(data, *parse_setting(change), f"--set {change}")


def put(data: dict[str, Any], key: str, value: Any, change: str) -> None:
    """Put `value` at `key`, which is `a.b` as `override` has it; `change` names what the user gave in errors.

    Raises:
        InputError: a path that leads nowhere.
    """
    *path, last = key.split(".")
    at: Any = data
    for part in path:
        at = _step(at, part, change)
    if isinstance(at, list):
        at[_position(at, last, change)] = value
    else:
        at[last] = value


def parse_setting(change: str) -> tuple[str, Any]:
    """`key=value` as the key and the value that YAML reads.

    Raises:
        InputError: it is not of that form.
    """
    key, equals, text = change.partition("=")
    if not equals or not key:
        raise InputError(f"--set {change}: wanted key=value, as in --set generation.max_gen_toks=64")
    try:
        return key, yaml.load(text, _Loader)
    except yaml.YAMLError:
        raise InputError(f"--set {change}: the value is no YAML") from None


def _step(at: Any, part: str, change: str) -> Any:
    if isinstance(at, list):
        return at[_position(at, part, change)]
    if at.get(part) is None:
        at[part] = {}
    if not isinstance(at[part], dict | list):
        raise InputError(f"{change}: {part!r} holds a single value, nothing lies below it")
    return at[part]


def _position(items: list[Any], part: str, change: str) -> int:
    if not part.isdigit() or int(part) >= len(items):
        raise InputError(f"{change}: {part!r} should be a position from 0 to {len(items) - 1}")
    return int(part)


def _keys_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that the model at `location`'s parent knows: walks the schema as the error's path does."""
    schema = model.model_json_schema()
    definitions, node = schema.get("$defs", {}), schema
    for part in location[:-1]:
        node = node.get("properties", {}).get(part) or node.get("items") or node.get("additionalProperties") or node
        for option in node.get("anyOf", [node]):
            if "$ref" in option:
                node = definitions[option["$ref"].rsplit("/", 1)[1]]
    return list(node.get("properties", {}))
