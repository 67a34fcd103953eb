"""Sentence embeddings for the parts of the harness that measure: each distinct text is embedded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baselines.index import embed
from tasks.encoder import load_sentence_encoder


class Embedder:
    """A sentence-transformers model with a memory of what it has embedded; loaded at first use."""

    def __init__(self, model: str, device: str = "cpu") -> None:
        """Name the model: a folder or a hub id."""
        self.model, self.device = model, device
        self._loaded: Any = None
        self._memory: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of `texts`, float32 of shape (texts, width). An empty text embeds like any other."""
        missing = sorted(set(texts) - self._memory.keys())
        if missing:
            if self._loaded is None:
                self._loaded = load_sentence_encoder(self.model, self.device)
            self._memory.update(zip(missing, embed(self._loaded, missing), strict=True))
        return np.stack([self._memory[text] for text in texts])
