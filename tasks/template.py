"""Prompts as Jinja templates that a user can replace: read, checked for what they use, and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.errors import InputError


def read_template(path: Path, what: str, needed: Sequence[str], known: Sequence[str] = ()) -> str:
    """The text of a template in a file, as `check_template` has it; `what` it is begins every error.

    Raises:
        InputError: no such file, no UTF-8 text, or what `check_template` refuses.
    """
    if not path.is_file():
        raise InputError(f"{what} {path}: no such file; a Jinja template is wanted")
    try:
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise InputError(f"{what} {path}: no UTF-8 text; a Jinja template is wanted") from None
    return check_template(text, f"{what} {path}", needed, known)


def check_template(text: str, where: str, needed: Sequence[str], known: Sequence[str] = ()) -> str:
    """The text itself, if it is a template as wanted; `where` it stands begins every error.

    Args:
        text: Jinja.
        where: names it.
        needed: variables that it must use.
        known: variables that it may use besides.

    Raises:
        InputError: no Jinja, a needed variable that is not used, or an unknown one.
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
        raise InputError(f"{where}: {surplus[0]!r} is not known; there are {', '.join([*needed, *known])}")
    return text


def compiled(text: str) -> Any:
    """The template as Jinja renders it; a variable that is not given is an error, and nothing is escaped."""
    from jinja2 import Environment, StrictUndefined

    return Environment(undefined=StrictUndefined, autoescape=False).from_string(text)
