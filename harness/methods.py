"""Methods by name: files of `alignment/methods` and `baselines/methods`, and entry points `valign.methods`."""

from __future__ import annotations

import importlib
import pkgutil
from importlib import metadata

import alignment.methods
import baselines.methods
from alignment.method import Method
from tasks.errors import unknown

_HOMES = (baselines.methods, alignment.methods)


def known_methods() -> dict[str, str]:
    """Every method's name and where it is defined (`module:attribute`), by name."""
    found = {
        module.name.replace("_", "-"): f"{home.__name__}.{module.name}:METHOD"
        for home in _HOMES
        for module in pkgutil.iter_modules(home.__path__)
    }
    found |= {entry.name: entry.value for entry in metadata.entry_points(group="valign.methods")}
    return dict(sorted(found.items()))


def find_method(name: str) -> Method:
    """Import the method called `name`.

    Raises:
        InputError: no method has that name.
    """
    known = known_methods()
    if name not in known:
        raise unknown("method", name, known)
    module, _, attribute = known[name].partition(":")
    method: Method = getattr(importlib.import_module(module), attribute)
    return method
