"""A key/value cache that grows by many tokens at a time: transformers' own copies all it holds for every new one."""

from __future__ import annotations

from typing import Any

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
    """`keys` and `values`, of shape (batch, heads, tokens, width), are the used part of buffers with room to spare."""

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
                _grown(self.keys, key_states, start, stop + _ROOM),
                _grown(self.values, value_states, start, stop + _ROOM),
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


def _grown(old: Any, states: Any, start: int, room: int) -> Any:
    """A buffer for `room` tokens that begins with the `start` tokens of `old`."""
    batch, heads, _, width = states.shape
    buffer = states.new_empty((batch, heads, room, width))
    if start:
        buffer[:, :, :start] = old
    return buffer
