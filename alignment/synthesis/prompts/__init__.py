"""The prompts of a synthesis: Jinja files that a user can replace, and that belong to the fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.errors import InputError, unknown

_HERE = Path(__file__).parent
#: What each prompt is given; all of it must be used but what stands after the bar.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "questions": ("chunk", "forms", "|", "document", "section"),
    "answers": ("chunk", "questions", "|", "document", "section", "low", "high"),
    "grounded": ("chunk", "drafts", "|", "document", "section"),
    "values": ("chunk", "|", "document", "section", "count"),
    "situations": ("chunk", "values", "|", "document", "section"),
    "pairs": ("chunk", "situations", "|", "document", "section", "low", "high"),
    "better": ("draft", "first", "second", "|", "document", "section", "chunk"),
}


class Prompts:
    """The seven prompts as texts and as templates."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        from jinja2 import Environment, StrictUndefined

        environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
        self.texts = dict(texts)
        self._templates = {name: environment.from_string(text) for name, text in texts.items()}

    def render(self, name: str, **given: Any) -> str:
        """The prompt called `name` with what it is given."""
        return self._templates[name].render(**given)


def read_prompts(folder: Path | None = None) -> Prompts:
    """The shipped prompts; each that `folder` holds as `<name>.jinja` replaces the shipped one.

    Raises:
        InputError: no such folder, a file of an unknown name, or a prompt that is no Jinja, lacks a variable it needs
            or uses one that it is not given.
    """
    paths = {name: _HERE / f"{name}.jinja" for name in VARIABLES}
    if folder is not None:
        if not folder.is_dir():
            raise InputError(f"prompts {folder}: no such folder; one with {', '.join(f'{n}.jinja' for n in paths)}")
        for path in sorted(folder.glob("*.jinja")):
            if path.stem not in paths:
                raise unknown(f"prompt in {folder}", path.stem, paths)
            paths[path.stem] = path
    return Prompts({name: _checked(name, path) for name, path in paths.items()})


def _checked(name: str, path: Path) -> str:
    from jinja2 import Environment, TemplateSyntaxError, meta

    text = path.read_text(encoding="utf-8").rstrip("\n")
    try:
        used = meta.find_undeclared_variables(Environment(autoescape=False).parse(text))
    except TemplateSyntaxError as error:
        raise InputError(f"prompt {path}: line {error.lineno}: {error.message}") from None
    given = VARIABLES[name]
    for variable in given[: given.index("|")]:
        if variable not in used:
            raise InputError(f"prompt {path}: does not use {{{{ {variable} }}}}, without which it asks for nothing")
    if surplus := sorted(used - set(given)):
        known = ", ".join(variable for variable in given if variable != "|")
        raise InputError(f"prompt {path}: {surplus[0]!r} is not known; there are {known}")
    return text
