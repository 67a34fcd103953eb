"""Words and word sequences for all checks."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’\-.,][^\W_]+)*")


def words(text: str) -> list[str]:
    """Lower-case words in order; `don't`, `well-known` and `1,500` are one word each."""
    return _WORD.findall(text.replace("’", "'").lower())


def sequences(tokens: list[str], length: int) -> list[tuple[str, ...]]:
    """All sequences of `length` consecutive words, in order; none if the text is shorter."""
    return [tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1)]
