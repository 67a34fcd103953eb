"""The one error a person can mend, told in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave is wrong. The message says what, where, and what would be right.

    The command line prints it in one line and exits with code 2; anything else is a bug and keeps its traceback.
    """


def unknown(what: str, name: str, known: Iterable[str]) -> InputError:
    """An error for a name that nothing answers to, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    return InputError(f"unknown {what} {name!r}: {hint}")
