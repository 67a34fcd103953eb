"""Log-probabilities of continuations from a transformers model that reads what inputs have in common once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import torch

from harness.shared_inputs import batch, portions, rows
from tasks.errors import InputError

Weighed = tuple[float, bool]


def weigh(
    model: Any, asked: Sequence[tuple[list[int], list[int]]], length: int, portion: int, told: Callable[[int], Any]
) -> list[Weighed]:
    """Of each (context, continuation), both tokens and not empty: the continuation's log-probability in nats, and
    whether it is what greedy decoding writes.

    Inputs are cut on the left to `length` tokens, and read about `portion` at a time; `told` hears how many more
    continuations are done. Whatever the model computes in, logits are turned into probabilities in float32.

    Raises:
        InputError: a continuation is longer than `length`.
    """
    longest = max((len(continuation) for _, continuation in asked), default=0)
    if longest > length:
        raise InputError(f"likelihood: a continuation of {longest} tokens; the model reads {length} at most")
    inputs: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at, (context, continuation) in enumerate(asked):
        inputs[tuple((context + continuation)[-(length + 1) : -1])].append(at)
    found: dict[int, Weighed] = {}
    for trees in portions(rows(inputs), portion):
        wanted = [
            {at: path[-len(asked[at][1]) :] for tokens, path in tree.paths.items() for at in inputs[tokens]}
            for tree in trees
        ]
        kept = sorted({place for places in wanted for path in places.values() for place in path})
        with torch.no_grad():
            keep = torch.tensor(kept, device=model.device)
            logits = model(**batch(trees, model.device), logits_to_keep=keep, use_cache=False).logits
        index = {place: at for at, place in enumerate(kept)}
        for one, places in zip(logits, wanted, strict=True):
            found |= _of_row(one, {at: [index[place] for place in path] for at, path in places.items()}, asked)
            told(len(places))
    return [found[at] for at in range(len(asked))]


def _of_row(
    logits: Any, places: dict[int, list[int]], asked: Sequence[tuple[list[int], list[int]]]
) -> dict[int, Weighed]:
    """`logits` is of shape (kept, vocabulary); `places` says of each continuation where those of its tokens are."""
    flat = torch.tensor([place for path in places.values() for place in path], device=logits.device)
    used, where = flat.unique(return_inverse=True)
    chosen = logits[used].float()
    tokens = torch.tensor([token for at in places for token in asked[at][1]], device=logits.device)
    values = (chosen[where, tokens] - chosen.logsumexp(-1)[where]).double()
    greedy = chosen.argmax(-1)[where] == tokens
    lengths = [len(path) for path in places.values()]
    return {
        at: (float(value.sum()), bool(same.all()))
        for at, value, same in zip(places, values.split(lengths), greedy.split(lengths), strict=True)
    }
