"""The longest common subsequence (LCS) in bit-parallel form; among several it chooses the one of rouge-score."""

from __future__ import annotations

from collections.abc import Sequence


def columns(reference: Sequence[str], hypothesis: Sequence[str]) -> list[int]:
    """The LCS table of rouge-score, one integer for each prefix of the hypothesis.

    With t[i][j] the LCS length of the first i reference and first j hypothesis tokens, bit i of element j is 0 where
    t[i + 1][j] is one more than t[i][j], and 1 where they are equal. `len(hypothesis) + 1` elements.

    Source: Hyyrö, "Bit-Parallel LCS-length Computation Revisited", 2004, algorithm of section 3 (after Allison and
    Dix 1986 and Crochemore et al. 2001).
    """
    bits: dict[str, int] = {}
    for i, token in enumerate(reference):
        bits[token] = bits.get(token, 0) | 1 << i
    full = (1 << len(reference)) - 1
    column = full
    table = [column]
    for token in hypothesis:
        matched = column & bits.get(token, 0)
        column = ((column + matched) | (column - matched)) & full
        table.append(column)
    return table


def length(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    return len(reference) - columns(reference, hypothesis)[-1].bit_count()


def positions(reference: Sequence[str], hypothesis: Sequence[str]) -> list[int]:
    """Indices into the reference, descending, of the longest common subsequence that rouge-score's `lcs_ind` finds.

    Backtracking from the end, where the tokens differ rouge-score drops the hypothesis token if t[i][j-1] > t[i-1][j],
    else the reference token. One of the two equals t[i][j], so this holds exactly where t[i][j] > t[i-1][j], one bit.
    """
    table = columns(reference, hypothesis)
    i, j = len(reference), len(hypothesis)
    found = []
    while i > 0 and j > 0:
        if reference[i - 1] == hypothesis[j - 1]:
            found.append(i - 1)
            i -= 1
            j -= 1
        elif not table[j] >> (i - 1) & 1:
            j -= 1
        else:
            i -= 1
    return found
