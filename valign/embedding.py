"""Sentence embeddings for retrieval, metrics, judges and the audit; each distinct text is embedded once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from valign.errors import InputError

if TYPE_CHECKING:
    import numpy as np

#: What a text is to the embedder: a question, a text to find, or neither where two texts are compared as equals.
Role = Literal["query", "document", "any"]
_ENCODERS: dict[Role, str] = {"query": "encode_query", "document": "encode_document", "any": "encode"}
#: Prompts of models that were trained with prompts which their files do not hold, by name. Source: their model cards
#: (intfloat/e5-base-v2, intfloat/multilingual-e5-base, BAAI/bge-base-en-v1.5).
_PROMPTS: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = (
    (re.compile(r"(^|[/-])e5-(?!.*instruct)", re.I), {"query": "query: ", "document": "passage: "}),
    (re.compile(r"bge-(small|base|large)-en", re.I),
     {"query": "Represent this sentence for searching relevant passages: ", "document": ""}),
)  # fmt: skip


class Embedder:
    """A sentence-transformers model, loaded at first use, with a cache of the vectors of all texts so far."""

    def __init__(self, model: str, device: str = "cpu", prompts: Mapping[str, str] | None = None) -> None:
        """Name the model (a folder or a hub id) and its device; nothing is loaded yet.

        prompts: sentence-transformers' `prompts`, put before texts by role (`query`, `document`); None leaves the
        model's own, or those of its model card (`known_prompts`).
        """
        self.model, self.device, self.prompts = model, device, prompts
        self._cache: dict[tuple[Role, str], np.ndarray] = {}

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
            model = SentenceTransformer(self.model, device=self.device)
        except OSError as error:
            raise InputError(f"embedder {self.model}: cannot be loaded: {str(error).splitlines()[0]}") from error
        if self.prompts is not None:
            model.prompts.update(self.prompts)
        elif not any(model.prompts.values()):
            model.prompts.update(known_prompts(self.model))
        return model

    def vectors(self, texts: Sequence[str], role: Role = "any") -> np.ndarray:
        """Unit vectors of `texts`, float32 of shape (texts, width). Empty texts are allowed."""
        import numpy as np

        missing = sorted({text for text in texts if (role, text) not in self._cache})
        if missing:
            encode = getattr(self.loaded, _ENCODERS[role])
            found = encode(missing, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
            keys = ((role, text) for text in missing)
            self._cache.update(zip(keys, np.asarray(found, dtype=np.float32), strict=True))
        return np.stack([self._cache[role, text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Number of tokens in a text by the model's tokenizer, special tokens included."""
        return len(self.loaded.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    @property
    def longest(self) -> int | None:
        """Most tokens that the model reads of a text, special tokens and prompt included; None for no bound."""
        found: int | None = self.loaded.max_seq_length
        return found


def known_prompts(model: str) -> dict[str, str]:
    """The prompts that a model's card asks for although its files hold none; empty for other models."""
    name = Path(model).name if Path(model).is_dir() else model
    return next((dict(prompts) for pattern, prompts in _PROMPTS if pattern.search(name)), {})


@lru_cache(maxsize=2)
def shared_embedder(model: str) -> Embedder:
    """The embedder with this name on the CPU; callers in one process share it and its cache."""
    return Embedder(model)
