"""Judges by name, and what their verdicts depend on."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import harness.judges
from alignment.weights import locate
from harness.fingerprint import of_model, versions
from harness.judges.base import Judge
from tasks.errors import InputError, unknown

#: Parameters of a judge that say how it runs and not what it says; no recipe sets the first, and neither is in the
#: fingerprint.
_CACHE, _RUNTIME = "cache", ("cache", "concurrency")


def known_judges() -> dict[str, str]:
    """Every judge's name and where it is defined (`module:attribute`), by name."""
    files = (m.name for m in pkgutil.iter_modules(harness.judges.__path__) if m.name[0] != "_" and m.name != "base")
    found = {name.replace("_", "-"): f"harness.judges.{name}:JUDGE" for name in files}
    found |= {entry.name: entry.value for entry in metadata.entry_points(group="valign.judges")}
    return dict(sorted(found.items()))


def find_judge(name: str, settings: Mapping[str, Any], cache: Path | None = None) -> Judge:
    """Build the judge called `name`; one that calls a language model keeps its answers in the file `cache`.

    Raises:
        InputError: no judge has that name, it lacks one of the settings, or it misses one that it must have.
    """
    make = _class(name)
    accepted = _settings(make)
    for setting in settings:
        if setting not in accepted:
            raise unknown(f"setting of judge {name}", setting, accepted)
    for setting, parameter in accepted.items():
        if parameter.default is parameter.empty and setting not in settings:
            raise InputError(f"judge {name}: setting {setting!r} is missing; give it under 'settings' or by --set")
    running = {_CACHE: cache} if _CACHE in inspect.signature(make).parameters else {}
    judge: Judge = make(**settings, **running)
    return judge


def _class(name: str) -> Any:
    known = known_judges()
    if name not in known:
        raise unknown("judge", name, known)
    module, _, attribute = known[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def _settings(make: Any) -> dict[str, inspect.Parameter]:
    return {key: one for key, one in inspect.signature(make).parameters.items() if key != _CACHE}


def judge_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a judge's verdicts depend on, for the fingerprint; a model counts by its bytes, not by where it lies."""
    judge = find_judge(name, settings)
    about = {"name": name, "pointwise": getattr(judge, "pointwise", False)}
    own = getattr(judge, "inputs", None)
    if own is not None:
        return {**about, **own()}
    accepted = {key: one for key, one in _settings(_class(name)).items() if key not in _RUNTIME}
    named = {key: settings.get(key, parameter.default) for key, parameter in accepted.items()}
    if isinstance(named.get("model"), str):
        named["model"] = of_model(locate(named["model"]))
    return {**about, "settings": named, "versions": versions(("sentence-transformers", "torch", "transformers"))}
