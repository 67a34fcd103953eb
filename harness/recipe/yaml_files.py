"""YAML files checked against a pydantic model; the error for an unknown key suggests the nearest known one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from valign.errors import InputError, unknown


class Part(BaseModel):
    """A base for these models: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Checked = TypeVar("Checked", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """A safe loader that reads `1e-3` as a number, as in YAML 1.2, and not as a string, as in YAML 1.1."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """Read a YAML file that contains one mapping. what: the kind of file (`recipe`, `gate`), for errors.

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
        raise InputError(f"{what} {path}: no UTF-8 text; expected a YAML file") from None
    if not isinstance(data, dict):
        raise InputError(f"{what} {path}: expected a mapping of keys to values")
    return data


def checked(model: type[Checked], data: dict[str, Any], where: str) -> Checked:
    """Validate `data` as `model`. where: its name in errors.

    Raises:
        InputError: the first error, with its key.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = min(
            error.errors(), key=lambda one: one["type"] != "extra_forbidden"
        )  # before the error that the misspelt key is missing
        path = [str(part) for part in first["loc"]]
        if first["type"] == "extra_forbidden":
            wrong = unknown("key", path.pop(), _keys_beside(model, first["loc"]))
            raise InputError(": ".join([where, *([".".join(path)] if path else []), str(wrong)])) from None
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(": ".join([where, *([".".join(path)] if path else []), message])) from None


def override(data: dict[str, Any], change: str) -> None:
    """Change `data` by `a.b=value`, the value in YAML; a number in the path is a position in a list.

    Raises:
        InputError: no `key=value`, broken YAML, or a path that does not exist.
    """
    put(data, *parse_setting(change), f"--set {change}")


def put(data: dict[str, Any], key: str, value: Any, change: str) -> None:
    """Set `key`, a path as in `override`, to `value`. change: the user's input, for errors.

    Raises:
        InputError: the path does not exist.
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
    """Parse `key=value`, the value in YAML.

    Raises:
        InputError: the text has another form.
    """
    key, equals, text = change.partition("=")
    if not equals or not key:
        raise InputError(f"--set {change}: expected key=value, as in --set generation.max_gen_toks=64")
    try:
        return key, yaml.load(text, _Loader)
    except yaml.YAMLError:
        raise InputError(f"--set {change}: the value is not YAML") from None


def _step(at: Any, part: str, change: str) -> Any:
    if isinstance(at, list):
        return at[_position(at, part, change)]
    if at.get(part) is None:
        at[part] = {}
    if not isinstance(at[part], dict | list):
        raise InputError(f"{change}: {part!r} is a single value without keys")
    return at[part]


def _position(items: list[Any], part: str, change: str) -> int:
    if not part.isdigit() or int(part) >= len(items):
        raise InputError(f"{change}: {part!r}: expected a position from 0 to {len(items) - 1}")
    return int(part)


def _keys_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys of the model at the parent of an error's location, found by following the path through the schema."""
    schema = model.model_json_schema()
    definitions, node = schema.get("$defs", {}), schema
    for part in location[:-1]:
        node = node.get("properties", {}).get(part) or node.get("items") or node.get("additionalProperties") or node
        for option in node.get("anyOf", [node]):
            if "$ref" in option:
                node = definitions[option["$ref"].rsplit("/", 1)[1]]
    return list(node.get("properties", {}))
