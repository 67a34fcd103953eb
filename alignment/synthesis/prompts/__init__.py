"""The prompts of a synthesis: Jinja templates that a user can replace, and that belong to the fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment.synthesis.forms import ANSWER_WORDS, FORMS
from alignment.synthesis.types import Draft
from tasks.errors import InputError, unknown
from tasks.template import check_template, compiled, read_template
from tasks.types import Chunk, Document, Section

_HERE = Path(__file__).parent
#: The variables that each prompt must use, and those that it may use besides.
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
#: What every variable may hold: a prompt that cannot be rendered with this could not be rendered in earnest.
_SAMPLE: Mapping[str, Any] = {
    "document": Document("guide", "Guide", (_SECTION,)), "section": _SECTION, "chunk": _CHUNK, "forms": FORMS,
    "questions": [{"name": "fact", "question": _DRAFT.prompt}], "drafts": [_DRAFT], "draft": _DRAFT, "count": 1,
    "values": [{"value": _DRAFT.value, "asks": "a situation"}], "first": _DRAFT.answer, "second": _DRAFT.rejected,
    "situations": [{"value": _DRAFT.value, "situation": _DRAFT.prompt}],
    "low": ANSWER_WORDS[0], "high": ANSWER_WORDS[1],
}  # fmt: skip


class Prompts:
    """The seven prompts as texts and as templates."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        self._templates = {name: compiled(text) for name, text in texts.items()}

    def render(self, name: str, **given: Any) -> str:
        """The prompt called `name` with what it is given."""
        return self._templates[name].render(**given)


def read_prompts(replaced: Mapping[str, str | Path] | None = None) -> Prompts:
    """The shipped prompts, some of them replaced: by name, a file's path or the template itself as text.

    Text that holds neither a line break nor a brace is a path too.

    Raises:
        InputError: an unknown name, no such file, or a prompt that is no Jinja, lacks a variable it needs or uses one
            that it is not given.
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
    """Render a prompt with a sample: what would go wrong after a thousand calls goes wrong now."""
    from jinja2 import TemplateError

    try:
        compiled(text).render({variable: _SAMPLE[variable] for part in VARIABLES[name] for variable in part})
    except (TemplateError, TypeError) as error:
        raise InputError(f"{where}: {error}") from None


def prompts_in(folder: Path) -> dict[str, Path]:
    """The prompts that a folder holds as `<name>.jinja`, as `read_prompts` takes them.

    Raises:
        InputError: no such folder, or no such file in it.
    """
    if not folder.is_dir():
        raise InputError(f"prompts {folder}: no such folder; one with {', '.join(f'{n}.jinja' for n in VARIABLES)}")
    found = {path.stem: path for path in sorted(folder.glob("*.jinja"))}
    if not found:
        raise InputError(f"prompts {folder}: no prompt in it; wanted {', '.join(f'{n}.jinja' for n in VARIABLES)}")
    return found
