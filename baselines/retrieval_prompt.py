"""The prompt that shows retrieved passages: a Jinja file with `passages` and `question`."""

from __future__ import annotations

from pathlib import Path

from tasks.errors import InputError

_VARIABLES = ("passages", "question")
DEFAULT_PROMPT = Path(__file__).with_name("retrieval.jinja")


def read_template(path: str | None) -> str:
    """The retrieval prompt: the shipped one, or a file of the user's.

    Raises:
        InputError: the file is missing or no Jinja, lacks `passages` or `question`, or uses another variable.
    """
    from jinja2 import Environment, TemplateSyntaxError, meta

    file = Path(path) if path else DEFAULT_PROMPT
    if not file.is_file():
        raise InputError(f"retrieval prompt {path}: no such file; a Jinja template is wanted")
    text = file.read_text(encoding="utf-8").rstrip("\n")
    try:
        used = meta.find_undeclared_variables(Environment(autoescape=False).parse(text))
    except TemplateSyntaxError as error:
        raise InputError(f"retrieval prompt {file}: line {error.lineno}: {error.message}") from None
    for name in _VARIABLES:
        if name not in used:
            raise InputError(f"retrieval prompt {file}: does not use {{{{ {name} }}}}")
    if surplus := sorted(used - set(_VARIABLES)):
        raise InputError(f"retrieval prompt {file}: {surplus[0]!r} is not known; there are {' and '.join(_VARIABLES)}")
    return text
