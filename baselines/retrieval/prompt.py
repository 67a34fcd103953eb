"""The prompt with retrieved passages: a Jinja template with `passages` and `question`."""

from __future__ import annotations

from pathlib import Path

from valign import templates

DEFAULT_PROMPT = Path(__file__).with_name("prompt.jinja")


def read_template(path: str | None) -> str:
    """Read the retrieval prompt from a file, or the shipped one if `path` is None.

    Raises:
        InputError: the file is missing or invalid, or does not use exactly `passages` and `question`.
    """
    return templates.read_template(Path(path or DEFAULT_PROMPT), "retrieval prompt", ("passages", "question"))
