"""The prompts of a synthesis: Jinja templates that a user can replace; they are part of the fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment.synthesis.forms import ANSWER_WORDS, FORMS
from alignment.synthesis.types import Draft
from tasks.data.types import Chunk, Document, Section
from valign.errors import InputError, unknown
from valign.templates import check_template, compiled, read_template

_HERE = Path(__file__).parent
#: Prompt -> the variables that it must use, and those that it may use.
VARIABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "questions": (("chunk", "forms"), ("document", "section")),
    "answers": (("chunk", "questions"), ("document", "section", "low", "high")),
    "grounded": (("chunk", "drafts"), ("document", "section")),
    "values": (("chunk",), ("document", "section", "count")),
    "situations": (("chunk", "values"), ("document", "section")),
    "pairs": (("chunk", "situations"), ("document", "section", "low", "high")),
    "better": (("draft", "first", "second"), ("document", "section", "chunk")),
}
_SECTION, _CHUNK = Section("gifts", "Gifts", "Report gifts."), Chunk("gifts.1", "gifts", "Report gifts.")
_DRAFT = Draft("scenario", _CHUNK, 1, "fact", "May I keep it?", "Report it.", "Keep it.", "openness")
#: An example of every variable, to check that a prompt can be rendered.
_SAMPLE: Mapping[str, Any] = {
    "document": Document("guide", "Guide", (_SECTION,)), "section": _SECTION, "chunk": _CHUNK, "forms": FORMS,
    "questions": [{"name": "fact", "question": _DRAFT.prompt}], "drafts": [_DRAFT], "draft": _DRAFT, "count": 1,
    "values": [{"value": _DRAFT.value, "asks": "a situation"}], "first": _DRAFT.answer, "second": _DRAFT.rejected,
    "situations": [{"value": _DRAFT.value, "situation": _DRAFT.prompt}],
    "low": ANSWER_WORDS[0], "high": ANSWER_WORDS[1],
}  # fmt: skip


class Prompts:
    """The seven prompts: their texts, and `render`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        self._templates = {name: compiled(text) for name, text in texts.items()}

    def render(self, name: str, **given: Any) -> str:
        """Render the prompt called `name` with the given variables."""
        return self._templates[name].render(**given)


def read_prompts(replaced: Mapping[str, str | Path] | None = None) -> Prompts:
    """Read the shipped prompts and replace some of them.

    Args:
        replaced: by name, a file's path or the template itself. A string without a line break or a brace is a path.

    Raises:
        InputError: an unknown name, no such file, or a prompt that is not valid Jinja, lacks a required variable or
            uses an unknown one.
    """
    texts = {name: (_HERE / f"{name}.jinja").read_text(encoding="utf-8").rstrip("\n") for name in VARIABLES}
    for name, given in (replaced or {}).items():
        if name not in VARIABLES:
            raise unknown("prompt", name, VARIABLES)
        if isinstance(given, str) and ("\n" in given or "{" in given):
            where = f"prompt {name}"
            texts[name] = check_template(given.rstrip("\n"), where, *VARIABLES[name])
        else:
            where = f"prompt {given}"
            texts[name] = read_template(Path(given), "prompt", *VARIABLES[name])
        _try(name, texts[name], where)
    return Prompts(texts)


def _try(name: str, text: str, where: str) -> None:
    """Render a prompt with examples, so that errors show before any model is called."""
    from jinja2 import TemplateError

    try:
        compiled(text).render({variable: _SAMPLE[variable] for part in VARIABLES[name] for variable in part})
    except (TemplateError, TypeError) as error:
        raise InputError(f"{where}: {error}") from None


def prompts_in(folder: Path) -> dict[str, Path]:
    """The files `<name>.jinja` in a folder by name, as `read_prompts` takes them.

    Raises:
        InputError: no such folder, or no such file in it.
    """
    expected = f"expected {', '.join(f'{name}.jinja' for name in VARIABLES)}"
    if not folder.is_dir():
        raise InputError(f"prompts {folder}: no such folder; {expected}")
    found = {path.stem: path for path in sorted(folder.glob("*.jinja"))}
    if not found:
        raise InputError(f"prompts {folder}: no prompt in it; {expected}")
    return found
