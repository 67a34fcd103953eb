"""ROUGE-1, -2, -L and -Lsum: rouge-score's tokens and figures, several times faster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from harness.metrics import _lcs
from harness.metrics.base import Metric, check_lengths
from harness.statistics.values import Values, mean_values

Lines = list[list[str]]


@dataclass(frozen=True)
class Rouge(Metric):
    """F-measures of ROUGE-1, -2, -L and -Lsum, 0 to 1, the mean over items (Lin 2004).

    Tokens are rouge-score's (lower case, `[a-z0-9]+`, Porter's stem of words of more than 3 characters); each word
    is stemmed once. Lsum treats each line as a sentence, as rouge-score does by default (`split_summaries=False`), so
    that text without a newline has equal L and Lsum. An empty hypothesis or reference scores 0, as in rouge-score.
    """

    use_stemmer: bool = True

    name: ClassVar[str] = "rouge"
    columns: ClassVar[tuple[str, ...]] = ("rouge1", "rouge2", "rougeL", "rougeLsum")

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The F-measures of each system; the references are tokenised once."""
        from importlib.metadata import version

        check_lengths(hypotheses, references)
        tokenizer = _Tokenizer(self.use_stemmer)
        tokenized = [_Text(tokenizer.lines(text)) for text in references]
        stem = "porter" if self.use_stemmer else "no"
        scored = []
        for each in hypotheses:
            rows = [_scores(a, _Text(tokenizer.lines(text))) for a, text in zip(tokenized, each, strict=True)]
            scored.append(
                {
                    column: mean_values(
                        [row[i] for row in rows],
                        f"{column}|rouge-score|stem:{stem}|measure:f1{'|sentences:lines' if i == 3 else ''}"
                        f"|version:{version('rouge_score')}",
                    )
                    for i, column in enumerate(self.columns)
                }
            )
        return scored


class _Tokenizer:
    """rouge-score's tokenizer, line by line, with a cache of stems."""

    def __init__(self, use_stemmer: bool) -> None:
        from rouge_score import tokenize

        self._tokenize: Any = tokenize.tokenize
        self._stemmer = _Stemmer() if use_stemmer else None

    def lines(self, text: str) -> Lines:
        """The tokens of each non-empty line; a newline separates tokens, so together they are the text's tokens."""
        return [self._tokenize(line, self._stemmer) for line in text.split("\n") if line]


class _Stemmer:
    """NLTK's Porter stemmer, as in rouge-score, with a cache."""

    def __init__(self) -> None:
        from nltk.stem import porter

        self._porter: Any = porter.PorterStemmer()
        self._cache: dict[str, str] = {}

    def stem(self, word: str) -> str:
        stem = self._cache.get(word)
        if stem is None:
            stem = self._cache[word] = str(self._porter.stem(word))
        return stem


@dataclass
class _Text:
    """A text's tokens by line and all together, with counts of its unigrams and bigrams."""

    lines: Lines
    tokens: list[str] = field(init=False)
    unigrams: Counter[str] = field(init=False)
    bigrams: Counter[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = [token for line in self.lines for token in line]
        self.unigrams = Counter(self.tokens)
        self.bigrams = Counter(zip(self.tokens, self.tokens[1:], strict=False))


def _scores(reference: _Text, hypothesis: _Text) -> tuple[float, float, float, float]:
    n, m = len(reference.tokens), len(hypothesis.tokens)
    if not n or not m:
        return 0.0, 0.0, 0.0, 0.0
    longest = _lcs.length(reference.tokens, hypothesis.tokens)
    one_line = len(reference.lines) == len(hypothesis.lines) == 1
    summary = longest if one_line else _union_hits(reference, hypothesis)
    return (
        _f(_matched(reference.unigrams, hypothesis.unigrams), n, m),
        _f(_matched(reference.bigrams, hypothesis.bigrams), max(n - 1, 1), max(m - 1, 1)),
        _f(longest, n, m),
        _f(summary, n, m),
    )


def _matched(reference: Counter[Any], hypothesis: Counter[Any]) -> int:
    few, many = (reference, hypothesis) if len(reference) < len(hypothesis) else (hypothesis, reference)
    return sum(min(count, many[gram]) for gram, count in few.items() if gram in many)


def _union_hits(reference: _Text, hypothesis: _Text) -> int:
    """Tokens of the union LCS (Lin 2004, section 3.2), each counted at most as often as in either text."""
    left = {token: min(count, hypothesis.unigrams[token]) for token, count in reference.unigrams.items()}
    hits = 0
    for line in reference.lines:
        union = set().union(*(_lcs.positions(line, other) for other in hypothesis.lines))
        for i in union:
            if left[line[i]] > 0:
                left[line[i]] -= 1
                hits += 1
    return hits


def _f(matched: int, n_reference: int, n_hypothesis: int) -> float:
    precision, recall = matched / n_hypothesis, matched / n_reference
    return 2 * precision * recall / (precision + recall) if matched else 0.0


METRIC = Rouge
