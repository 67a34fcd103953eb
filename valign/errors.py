"""The error for wrong user input."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong user input. The message says what is wrong, where, and what was expected.

    The command line prints it on one line and exits with code 2; any other exception is a bug and keeps its traceback.
    """


def unknown(what: str, name: str, known: Iterable[str]) -> InputError:
    """An error for an unknown name, with the most similar known one, or else all known ones."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    return InputError(f"unknown {what} {name!r}: {hint}")
