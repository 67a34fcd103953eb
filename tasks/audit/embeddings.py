"""Sentence embeddings, each text encoded once in a process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tasks.encoder import load_sentence_encoder
from tasks.errors import InputError


class Encoder:
    """A sentence-transformers model that remembers what it has encoded."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: dict[str, Any] = {}

    def encode(self, texts: Sequence[str]) -> Any:
        """Unit vectors of the texts: a float32 array of shape (texts, dimensions)."""
        import numpy as np

        new = sorted(set(texts) - self._known.keys())
        if new:
            vectors = self._model.encode(new, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
            self._known.update(zip(new, vectors, strict=True))
        return np.stack([self._known[text] for text in texts])


@cache
def encoder(path: str) -> Encoder:
    """The encoder in a folder, loaded once, on the CPU.

    Raises:
        InputError: the folder holds no sentence-transformers model.
    """
    if not (Path(path) / "modules.json").is_file():
        raise InputError(f"embedder {path!r}: no modules.json; wanted: a folder with a sentence-transformers model")
    return Encoder(load_sentence_encoder(path, "cpu"))
