"""Sentence embeddings for retrieval, metrics, judges and the audit; each distinct text is embedded once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valign.errors import InputError

if TYPE_CHECKING:
    import numpy as np


class Embedder:
    """A sentence-transformers model, loaded at first use, with a cache of the vectors of all texts so far."""

    def __init__(self, model: str, device: str = "cpu") -> None:
        """Name the model (a folder or a hub id) and its device; nothing is loaded yet."""
        self.model, self.device = model, device
        self._cache: dict[str, np.ndarray] = {}

    @cached_property
    def loaded(self) -> Any:
        """The sentence-transformers model.

        Raises:
            InputError: neither a folder with such a model nor a model of the hub.
        """
        from sentence_transformers import SentenceTransformer

        if Path(self.model).is_dir() and not (Path(self.model) / "modules.json").is_file():
            raise InputError(f"embedder {self.model}: no modules.json; expected a sentence-transformers model")
        try:
            return SentenceTransformer(self.model, device=self.device)
        except OSError as error:
            raise InputError(f"embedder {self.model}: cannot be loaded: {str(error).splitlines()[0]}") from error

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of `texts`, float32 of shape (texts, width). Empty texts are allowed."""
        import numpy as np

        missing = sorted(set(texts) - self._cache.keys())
        if missing:
            found = self.loaded.encode(missing, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
            self._cache.update(zip(missing, np.asarray(found, dtype=np.float32), strict=True))
        return np.stack([self._cache[text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Number of tokens in a text by the model's tokenizer, special tokens included."""
        return len(self.loaded.tokenizer(text, truncation=False)["input_ids"])


@lru_cache(maxsize=2)
def shared_embedder(model: str) -> Embedder:
    """The embedder with this name on the CPU; callers in one process share it and its cache."""
    return Embedder(model)
