"""A key/value cache that grows by many tokens at a time: transformers' own copies all it holds for every new one."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

from harness.cpu_attention import has_cpu_attention

#: Tokens of room that a layer gets beyond what it needs at once.
_ROOM = 96


def roomy_cache(config: Any) -> DynamicCache | None:
    """An empty cache for a model of `config`, or None where a layer of it keeps more than keys and values."""
    cache = DynamicCache(config=config)
    if any(type(layer) is not DynamicLayer for layer in cache.layers):
        return None
    cache.layers = [_RoomyLayer(has_cpu_attention(config)) for _ in cache.layers]
    return cache


class _RoomyLayer(DynamicLayer):
    """`keys` and `values`, of shape (batch, heads, tokens, width), are the used part of buffers with room to spare.

    Where valign's attention reads them, keys are float32 from the first single token on, and the tokens of a coordinate
    lie side by side: a product with one query is quickest so, and as exact as the sum in float32 that torch's fused
    attention makes of bfloat16 keys.
    """

    keys: Any
    values: Any

    def __init__(self, across: bool) -> None:
        """`across`: whether valign's attention reads the layer."""
        super().__init__()
        self._across = across
        self._key_buffer: Any = None
        self._value_buffer: Any = None

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """As `DynamicLayer`: what was there, and the new states after it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        stop = start + key_states.shape[-2]
        across = self._across and key_states.shape[-2] == 1
        if not _holds(self._key_buffer, self.keys, start, stop) or across != _lies_across(self._key_buffer):
            self._key_buffer = _grown(self.keys, key_states, start, stop + _ROOM, across)
        if not _holds(self._value_buffer, self.values, start, stop):
            self._value_buffer = _grown(self.values, value_states, start, stop + _ROOM)
        self._key_buffer[:, :, start:stop] = key_states
        self._value_buffer[:, :, start:stop] = value_states
        self.keys, self.values = self._key_buffer[:, :, :stop], self._value_buffer[:, :, :stop]
        return self.keys, self.values


def _holds(buffer: Any, used: Any, start: int, stop: int) -> bool:
    """Whether a buffer holds what is there (beams are reordered into new tensors) and has room up to `stop`."""
    return bool(start) and buffer is not None and buffer.data_ptr() == used.data_ptr() and buffer.shape[-2] >= stop


def _lies_across(buffer: Any) -> bool:
    return bool(buffer.stride(-2) == 1)


def _grown(used: Any, states: Any, start: int, room: int, across: bool = False) -> Any:
    """A buffer for `room` tokens that begins with the `start` tokens of `used`."""
    batch, heads, _, width = states.shape
    if across:
        buffer = states.new_empty((batch, heads, width, room), dtype=torch.float32).transpose(2, 3)
    else:
        buffer = states.new_empty((batch, heads, room, width))
    if start:
        buffer[:, :, :start] = used
    return buffer
