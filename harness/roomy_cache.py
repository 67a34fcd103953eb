"""A key/value cache that grows by many tokens at a time: transformers' own copies all it holds for every new one."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

#: Tokens of room that a layer gets beyond what it needs at once.
_ROOM = 96


def roomy_cache(config: Any) -> DynamicCache | None:
    """An empty cache for a model of `config`, or None where a layer of it keeps more than keys and values."""
    cache = DynamicCache(config=config)
    if any(type(layer) is not DynamicLayer for layer in cache.layers):
        return None
    cache.layers = [_RoomyLayer() for _ in cache.layers]
    return cache


class _RoomyLayer(DynamicLayer):
    """`keys` and `values`, of shape (batch, heads, tokens, width), are the used part of buffers with room to spare.

    Keys are float32, and the tokens of a coordinate lie side by side: a product with one query is quickest so, and as
    exact as the sum in float32 that torch's fused attention makes of the same bfloat16 keys.
    """

    keys: Any
    values: Any
    _buffers: tuple[Any, Any] | None = None

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """As `DynamicLayer`: what was there, and the new states after it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        stop = start + key_states.shape[-2]
        if not self._holds(start, stop):
            self._buffers = (
                _grown(self.keys, _key_room(key_states, stop + _ROOM), start),
                _grown(self.values, _value_room(value_states, stop + _ROOM), start),
            )
        assert self._buffers is not None
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, start:stop] = states
        self.keys, self.values = (buffer[:, :, :stop] for buffer in self._buffers)
        return self.keys, self.values

    def _holds(self, start: int, stop: int) -> bool:
        """Whether the buffers hold what is there (beams are reordered into new tensors) and have room up to `stop`."""
        if self._buffers is None or not start:
            return False
        keys = self._buffers[0]
        return keys.data_ptr() == self.keys.data_ptr() and keys.shape[-2] >= stop


def _key_room(states: Any, room: int) -> Any:
    batch, heads, _, width = states.shape
    return states.new_empty((batch, heads, width, room), dtype=torch.float32).transpose(2, 3)


def _value_room(states: Any, room: int) -> Any:
    batch, heads, _, width = states.shape
    return states.new_empty((batch, heads, room, width))


def _grown(old: Any, buffer: Any, start: int) -> Any:
    """`buffer`, which begins now with the `start` tokens of `old`."""
    if start:
        buffer[:, :, :start] = old
    return buffer
