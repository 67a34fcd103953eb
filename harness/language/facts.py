"""Does an answer convey a fact? By stated rules: its numbers, its content words, and whether it is denied."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

from harness.language import cues
from harness.language.numbers import numbers

#: Share of a fact's content words that the answer must have.
COVERAGE = 0.6
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_DENIES = re.compile(
    r"\b(?:not|never|nobody|none|nothing|neither|nor|without|cannot)\b|n't\b|"
    r"\bno\b(?! (?:later|earlier|more|less|fewer|matter|doubt))"
)


def conveys(answer: str, fact: str) -> bool:
    """Whether some one or two sentences of an answer convey a fact.

    They must have every number of the fact, `COVERAGE` of its content words (stems; stop words do not count), and deny
    something exactly where the fact does.

    Args:
        answer: an English answer.
        fact: one short English statement, as a held-out item's `key_facts` hold.
    """
    sentences = cues.sentences(answer)
    windows = [*sentences, *(f"{one} {other}" for one, other in pairwise(sentences))]
    return any(_says(window, fact) for window in windows)


def _says(window: str, fact: str) -> bool:
    wanted, found = _content(fact), _content(window)
    covered = len(wanted & found) >= COVERAGE * len(wanted)
    return covered and numbers(fact) <= numbers(window) and _denies(window) == _denies(fact)


def _denies(text: str) -> bool:
    return bool(_DENIES.search(text.replace("’", "'").lower()))


def _content(text: str) -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = _WORD.findall(text.replace("’", "'").lower())
    return frozenset(_stem(word) for word in words if word not in ENGLISH_STOP_WORDS)


@cache
def _stem(word: str) -> str:
    return str(_stemmer().stem(word))


@cache
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()
