"""Leaks: held-out answers in training text.

An answer leaks if it shares a long run of words with a training text, or if one of these contains a large share of its
4-word sequences. In the shipped data the longest shared run is 6 words and the largest share 33%; the bounds are
7 words and 40%. The document is no training item: an answer may quote it, as an expert's would.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tasks.data.audit.report import TRAINING, Finding, Limits, LoadedFolder
from tasks.data.audit.words import sequences, words

_PIECE = 4


class _TrainingText:
    """An index of the word runs and 4-word sequences in the training text."""

    def __init__(self, loaded: LoadedFolder, run: int) -> None:
        self.run = run
        self.runs: dict[tuple[str, ...], str] = {}
        self.pieces: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
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
        """Length, start and source of the longest shared run; length 0 if it is below the bound."""
        best, length = (0, 0, ""), 0
        for start, sequence in enumerate(sequences(tokens, self.run)):
            length = length + 1 if sequence in self.runs else 0
            if length and self.run + length - 1 > best[0]:
                best = (self.run + length - 1, start - length + 1, self.runs[sequence])
        return best

    def largest_share(self, tokens: list[str]) -> tuple[float, str]:
        """The largest share, in [0, 1], of the text's 4-word sequences that one source contains, and that source."""
        pieces = set(sequences(tokens, _PIECE))
        held = Counter(source for piece in pieces for source in sorted(self.pieces.get(piece, ())))
        if not held:
            return 0.0, ""
        source, count = held.most_common(1)[0]
        return count / len(pieces), source


def leaks(loaded: LoadedFolder, limits: Limits, figures: dict[str, object]) -> Iterator[Finding]:
    """Find held-out reference, chosen and rejected answers that leak; adds the largest share to `figures`."""
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
