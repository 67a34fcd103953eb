"""The prompt that shows retrieved passages: a Jinja file with `passages` and `question`."""

from __future__ import annotations

from pathlib import Path

from tasks import template

DEFAULT_PROMPT = Path(__file__).with_name("retrieval.jinja")


def read_template(path: str | None) -> str:
    """The retrieval prompt: the shipped one, or a file of the user's.

    Raises:
        InputError: the file is missing or no Jinja, lacks `passages` or `question`, or uses another variable.
    """
    return template.read_template(Path(path or DEFAULT_PROMPT), "retrieval prompt", ("passages", "question"))
