"""Inputs that begin alike, as trees: what several have in common is read once.

Prompts below the same passage, the options of a question and the two answers of a pair differ in their ends alone. A
tree lies in one row, depth first; a token sees what it follows, and nothing of the branches beside it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from harness.cpu_attention import has_cpu_attention
from harness.roomy_cache import roomy_cache

#: A token that is read again costs about as much as looking at this many tokens that a mask hides, in a small model.
_HIDDEN_PER_TOKEN = 128


@dataclass
class Row:
    """The tokens of a tree, depth first.

    depths: a token's position in its inputs. ends: where what follows a token ends; the token at `i` sees the one at
    `j` if j <= i < ends[j]. paths: of each input, where its tokens lie.
    """

    tokens: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    paths: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    def add(self, tokens: tuple[int, ...], before: list[int]) -> None:
        """Add an input that follows the tokens at `before`."""
        start, new = len(self.tokens), tokens[len(before) :]
        path = [*before, *range(start, start + len(new))]
        self.tokens += new
        self.depths += range(len(before), len(tokens))
        self.ends += [0] * len(new)
        for at in path:
            self.ends[at] = len(self.tokens)
        self.paths[tokens] = path


def reads_trees(model: Any) -> bool:
    """Whether a transformers model reads trees: its attention is valign's, all its layers look at everything before a
    token and at its position, and it says where it wants no logits.
    """
    config = model.config
    return (
        has_cpu_attention(config)
        and {"position_ids", "logits_to_keep"} <= inspect.signature(model.forward).parameters.keys()
        and not getattr(config, "alibi", False)  # distances by the order of the row
        and roomy_cache(config) is not None
    )


def rows(inputs: Iterable[tuple[int, ...]]) -> list[Row]:
    """Trees of all inputs, the longest row first; an input joins one where that is cheaper than a row of its own."""
    made: list[Row] = []
    last: tuple[int, ...] = ()
    for tokens in sorted(set(inputs)):
        shared = _shared(last, tokens)
        apart = len(made[-1].tokens) - shared if made else 0
        if not shared or shared * _HIDDEN_PER_TOKEN < (len(tokens) - shared) * apart:
            made.append(Row())
            shared = 0
        made[-1].add(tokens, made[-1].paths[last][:shared] if shared else [])
        last = tokens
    return sorted(made, key=lambda row: -len(row.tokens))


def portions(trees: list[Row], tokens: int) -> Iterator[list[Row]]:
    """Rows, the longest first, in batches of about as many `tokens`, padding among them."""
    start = 0
    while start < len(trees):
        count = max(1, tokens // len(trees[start].tokens))
        yield trees[start : start + count]
        start += count


def batch(rows: list[Row], device: torch.device) -> dict[str, torch.Tensor]:
    """What a transformers model takes for rows: ids and positions (rows, width), and a mask (rows, 1, width, width),
    True where a token sees another. Places beyond a row's end see themselves.
    """
    width = max(len(row.tokens) for row in rows)
    ids, positions, ends = (torch.zeros(len(rows), width, dtype=torch.long) for _ in range(3))
    ends += torch.arange(1, width + 1)
    for at, row in enumerate(rows):
        used = len(row.tokens)
        ids[at, :used] = torch.tensor(row.tokens)
        positions[at, :used] = torch.tensor(row.depths)
        ends[at, :used] = torch.tensor(row.ends)
    at = torch.arange(width)
    sees = (at[:, None] >= at) & (at[:, None] < ends[:, None, :])
    made = {"input_ids": ids, "position_ids": positions, "attention_mask": sees[:, None]}
    return {name: tensor.to(device) for name, tensor in made.items()}


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
