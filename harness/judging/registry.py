"""Judges by name, and their fingerprint inputs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.judging.judge import Judge
from valign.errors import InputError, unknown
from valign.fingerprint import of_model, versions
from valign.models.locate import locate
from valign.registry import Registry

#: Parameters of a judge that do not change its verdicts and are not in the fingerprint; no recipe sets the first.
_CACHE, _RUNTIME = "cache", ("cache", "concurrency")


#: Every judge by name.
JUDGES: Registry[Any] = Registry("judge", "valign.judges", ("harness.judging.judges",), "JUDGE", hyphens=True)


def find_judge(name: str, settings: Mapping[str, Any], cache: Path | None = None) -> Judge:
    """Build the judge called `name`. cache: a file for replies of language models.

    Raises:
        InputError: no judge has that name, or a setting is unknown or missing.
    """
    make = JUDGES.find(name)
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


def _settings(make: Any) -> dict[str, inspect.Parameter]:
    return {key: one for key, one in inspect.signature(make).parameters.items() if key != _CACHE}


def judge_inputs(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a judge's verdicts depend on, for the fingerprint; a local model is identified by its files' content."""
    judge = find_judge(name, settings)
    about = {"name": name, "pointwise": getattr(judge, "pointwise", False)}
    if package := JUDGES.version(name):
        about["package"] = package
    own = getattr(judge, "inputs", None)
    if own is not None:
        return {**about, **own()}
    accepted = {key: one for key, one in _settings(JUDGES.find(name)).items() if key not in _RUNTIME}
    named = {key: settings.get(key, parameter.default) for key, parameter in accepted.items()}
    if isinstance(named.get("model"), str):
        named["model"] = of_model(locate(named["model"]))
    return {**about, "settings": named, "versions": versions(("sentence-transformers", "torch", "transformers"))}
