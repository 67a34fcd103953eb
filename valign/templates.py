"""Prompt templates in Jinja that users can replace: read, check their variables, compile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from valign.errors import InputError


def read_template(path: Path, what: str, needed: Sequence[str], known: Sequence[str] = ()) -> str:
    """Read a template from a file and check it with `check_template`; `what` begins every error message.

    Raises:
        InputError: no such file, not UTF-8 text, or see `check_template`.
    """
    if not path.is_file():
        raise InputError(f"{what} {path}: no such file; expected a Jinja template")
    try:
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise InputError(f"{what} {path}: not UTF-8 text; expected a Jinja template") from None
    return check_template(text, f"{what} {path}", needed, known)


def check_template(text: str, where: str, needed: Sequence[str], known: Sequence[str] = ()) -> str:
    """Check a template and return its text.

    Args:
        text: the Jinja template.
        where: begins every error message, as its path.
        needed: variables that it must use.
        known: further variables that it may use.

    Raises:
        InputError: invalid Jinja, a needed variable is not used, or an unknown one is.
    """
    from jinja2 import Environment, TemplateSyntaxError, meta

    try:
        used = meta.find_undeclared_variables(Environment(autoescape=False).parse(text))
    except TemplateSyntaxError as error:
        raise InputError(f"{where}: line {error.lineno}: {error.message}") from None
    for name in needed:
        if name not in used:
            raise InputError(f"{where}: does not use {{{{ {name} }}}}")
    if surplus := sorted(used - {*needed, *known}):
        raise InputError(f"{where}: {surplus[0]!r} is not known; expected {', '.join([*needed, *known])}")
    return text


def compiled(text: str) -> Any:
    """Compile a template. Rendering raises an error for a missing variable and escapes nothing."""
    from jinja2 import Environment, StrictUndefined

    return Environment(undefined=StrictUndefined, autoescape=False).from_string(text)
