"""Exercises as batches of token ids: exercises of like length together, so that little is spent on padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import torch

from alignment.seed.exercises import Exercise

#: Padded lengths a batch can have; few, since `torch.compile` builds the model once for each.
LENGTHS = (48, 80, 128, 224, 448)


class Batch(NamedTuple):
    """Tokens of shape (rows, length), padded on the right, and which of them the loss counts (same shape)."""

    tokens: torch.Tensor
    counted: torch.Tensor


def encode(exercise: Exercise, tokenizer: Any) -> tuple[list[int], int]:
    """Token ids of an exercise in the chat format, and how many of them belong to the prompt."""
    ids = tokenizer.convert_tokens_to_ids
    end = ids("<|end|>")
    answer = [*tokenizer(exercise.answer)["input_ids"], end]
    if exercise.prompt is None:
        return answer, 0
    prompt = [ids("<|user|>"), *tokenizer(exercise.prompt)["input_ids"], end, ids("<|assistant|>")]
    return prompt + answer, len(prompt)


def collate(encoded: list[tuple[list[int], int]], length: int, pad: int) -> Batch:
    """Stack encoded exercises, cut or padded to `length`; prompts and padding do not count in the loss."""
    tokens = torch.full((len(encoded), length), pad)
    counted = torch.zeros(len(encoded), length, dtype=torch.bool)
    for row, (ids, prompt) in enumerate(encoded):
        ids = ids[:length]
        tokens[row, : len(ids)] = torch.tensor(ids)
        counted[row, max(1, prompt) : len(ids)] = True
    return Batch(tokens, counted)


def batches(source: Callable[[Random], Exercise], tokenizer: Any, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches of about `size` tokens from exercises that `source` draws, the same for the same seed.

    An exercise longer than the longest of `LENGTHS` is drawn again, unless it is plain text, which is cut.
    """
    random = Random(seed)
    waiting: dict[int, list[tuple[list[int], int]]] = {length: [] for length in LENGTHS}
    while True:
        exercise = source(random)
        ids, prompt = encode(exercise, tokenizer)
        if len(ids) > LENGTHS[-1] and prompt:
            continue
        length = next((n for n in LENGTHS if len(ids) <= n), LENGTHS[-1])
        waiting[length].append((ids, prompt))
        if len(waiting[length]) == max(1, size // length):
            yield collate(waiting[length], length, tokenizer.pad_token_id)
            waiting[length] = []
