"""The numbers in a text, written in figures or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * at for at, word in enumerate(_TENS, 2)}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[a-z]+|[,;.:]")


def numbers(text: str) -> frozenset[float]:
    """Every number in an English text: "1,500", "75%", "twenty-four", "three hundred" are 1500, 75, 24 and 300.

    "One" alone is left out, since it is a pronoun more often than a number.
    """
    return frozenset(_numbers(_TOKEN.findall(text.lower())))


def _numbers(tokens: list[str]) -> Iterator[float]:
    words: list[str] = []
    for token in [*tokens, ""]:
        if token in _SMALL or (token in _LARGE and words):
            words.append(token)
            continue
        if words and words != ["one"]:
            yield _value(words)
        words = []
        if token[:1].isdigit():
            yield float(token.replace(",", ""))


def _value(words: list[str]) -> float:
    total, current = 0, 0
    for word in words:
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * _LARGE[word], 0
    return float(total + current)
