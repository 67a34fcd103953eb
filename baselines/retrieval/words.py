"""Word-based retrieval: BM25 through bm25s, and the bag of words that is a floor beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

#: Chinese and Japanese characters and Korean syllables, each a word of its own, as in Lucene's StandardAnalyzer.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(f"[{_CJK}]|[^\\W{_CJK}]+")


def words(text: str) -> list[str]:
    """A text's words in lower case, cut to Porter's stem where they are Latin."""
    return [_stem(word) for word in _WORD.findall(text.lower())]


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    stemmed: str = _stemmer().stem(word) if word.isascii() else word
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


class BM25:
    """BM25 (Robertson and Zaragoza 2009) over texts, with bm25s' defaults, which are Lucene's: k1 1.5, b 0.75."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index the texts."""
        import bm25s

        self._bm25 = bm25s.BM25()
        self._bm25.index([words(text) for text in texts], show_progress=False)
        self._number = len(texts)

    def scores(self, question: str) -> np.ndarray:
        """float (texts,): each text's score, 0 where it shares no word with the question."""
        asked = words(question)
        return np.asarray(self._bm25.get_scores(asked)) if asked else np.zeros(self._number)


class BagOfWords:
    """Cosine similarity of word counts: a floor, since every word counts alike."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the words of the texts."""
        self._counts = [Counter(words(text)) for text in texts]
        self._lengths = [_length(counts) for counts in self._counts]

    def scores(self, question: str) -> np.ndarray:
        """float (texts,): similarities in [0, 1]."""
        asked = Counter(words(question))
        length = _length(asked)
        found = [sum(n * counts[word] for word, n in asked.items()) for counts in self._counts]
        return np.array([dot / (length * own) if dot else 0.0 for dot, own in zip(found, self._lengths, strict=True)])


def _length(counts: Counter[str]) -> float:
    return float(np.sqrt(sum(n * n for n in counts.values())))
