"""Held-out answers in training text.

An answer leaks when it shares a long run of words with a training text or the document, or when one training text holds
much of it in pieces. In the shipped data the longest run that any held-out answer shares with anything is 6 words, and
no training text holds more than 33 percent of an answer's 4-word sequences; the bounds are 7 words and 40 percent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tasks.audit.report import TRAINING, Finding, Limits, Loaded
from tasks.audit.words import sequences, words

_PIECE = 4


class _TrainingText:
    """Where each run of words and each piece of the training text and the document occurs."""

    def __init__(self, loaded: Loaded, run: int) -> None:
        self.run = run
        self.runs: dict[tuple[str, ...], str] = {}
        self.pieces: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for section in loaded.document.sections:
            self._add(f"document.md#{section.id}", section.text)
        for item in loaded.items(*TRAINING):
            for text in (item.prompt, *item.answers.values()):
                self._add(f"{item.at} ({item.id})", text)

    def _add(self, source: str, text: str) -> None:
        tokens = words(text)
        for sequence in sequences(tokens, self.run):
            self.runs.setdefault(sequence, source)
        for piece in sequences(tokens, _PIECE):
            self.pieces[piece].add(source)

    def longest_run(self, tokens: list[str]) -> tuple[int, int, str]:
        """Length, start and source of the longest shared run; length 0 below the bound."""
        best, length = (0, 0, ""), 0
        for start, sequence in enumerate(sequences(tokens, self.run)):
            length = length + 1 if sequence in self.runs else 0
            if length and self.run + length - 1 > best[0]:
                best = (self.run + length - 1, start - length + 1, self.runs[sequence])
        return best

    def largest_share(self, tokens: list[str]) -> tuple[float, str]:
        """The largest share of the text's pieces that one source holds, in [0, 1], and that source."""
        pieces = set(sequences(tokens, _PIECE))
        held = Counter(source for piece in pieces for source in sorted(self.pieces.get(piece, ())))
        if not held:
            return 0.0, ""
        source, count = held.most_common(1)[0]
        return count / len(pieces), source


def leaks(loaded: Loaded, limits: Limits, figures: dict[str, object]) -> Iterator[Finding]:
    """Every held-out reference, chosen or rejected answer that training text or the document gives away."""
    text, largest = _TrainingText(loaded, limits.shared_run), 0.0
    for item in loaded.items("heldout", "heldout_preference"):
        for name, answer in item.answers.items():
            tokens = words(answer)
            length, start, source = text.longest_run(tokens)
            share, holder = text.largest_share(tokens)
            largest = max(largest, share)
            if length:
                shared = " ".join(tokens[start : start + length])
                yield Finding("leak", item.at, f"{item.id}: {name} shares {length} words with {source}: '{shared}'")
            elif share >= limits.shared_share:
                detail = f"{item.id}: {holder} holds {share:.0%} of the {_PIECE}-word sequences of {name}"
                yield Finding("leak", item.at, detail)
    figures["largest_shared_share"] = round(largest, 3)
