"""Plug-ins by name: the files of a package, and the entry points of installed distributions."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Generic, TypeVar

from valign.errors import InputError, unknown

Plugin = TypeVar("Plugin")


@dataclass(frozen=True)
class _Place:
    """Where a plug-in is defined (`module:attribute`), and the distribution that an entry point belongs to."""

    value: str
    distribution: str = ""


class Registry(Generic[Plugin]):
    """What answers to a name: `ATTRIBUTE` of each file in `packages`, then the entry points of `group`.

    A file is found under its own name with hyphens for underscores where `hyphens` is true; files that begin with an
    underscore are no plug-ins. A name that several places define belongs to the last of them, entry points last.
    """

    def __init__(
        self, what: str, group: str, packages: tuple[str, ...], attribute: str, *,
        hyphens: bool = False, besides: tuple[str, ...] = (), own: Mapping[str, Plugin] | None = None,
        named_by: str = "",
    ) -> None:  # fmt: skip
        """`what` a plug-in is begins every error, as in "unknown metric 'bleuu'".

        besides: files of the packages that are no plug-ins. own: plug-ins that need no import. named_by: the attribute
        by which a plug-in says its name too.
        """
        self.what, self.group, self.packages, self.attribute = what, group, packages, attribute
        self._hyphens, self._besides, self._own, self._named_by = hyphens, besides, dict(own or {}), named_by

    def names(self) -> tuple[str, ...]:
        """Every known name, sorted; no plug-in is imported."""
        return tuple(sorted({*self._own, *self._places()}))

    def find(self, name: str) -> Plugin:
        """Import the plug-in of that name; the libraries behind it are imported only now.

        Raises:
            InputError: nothing answers to the name; the message gives the nearest known one. Or what does is called
                otherwise.
        """
        if name in self._own:
            return self._own[name]
        places = self._places()
        if name not in places:
            raise unknown(self.what, name, self.names())
        module, _, attribute = places[name].value.partition(":")
        found: Plugin = getattr(importlib.import_module(module), attribute)
        if self._named_by and (own := getattr(found, self._named_by)) != name:
            raise InputError(
                f"{self.what} {name!r} ({places[name].value}): its {self._named_by} is {own!r}; name it alike"
            )
        return found

    def version(self, name: str) -> dict[str, str]:
        """For a fingerprint: the distribution of a plug-in from elsewhere and its version; empty for one of ours."""
        place = self._places().get(name)
        if place is None or not place.distribution:
            return {}
        return {place.distribution: metadata.version(place.distribution)}

    def _places(self) -> Mapping[str, _Place]:
        found = {}
        for package in self.packages:
            for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
                if not module.name.startswith("_") and module.name not in self._besides:
                    name = module.name.replace("_", "-") if self._hyphens else module.name
                    found[name] = _Place(f"{package}.{module.name}:{self.attribute}")
        return found | _entry_points(self.group)


@cache
def _entry_points(group: str) -> dict[str, _Place]:
    """Reading the metadata of all that is installed takes a while, and it does not change within a process."""
    return {
        entry.name: _Place(entry.value, entry.dist.name if entry.dist else "")
        for entry in metadata.entry_points(group=group)
    }
