"""Text encoders: sentence-transformers models, quick on a CPU."""

from __future__ import annotations

from typing import Any


def load_sentence_encoder(model: str, device: str) -> Any:
    """A sentence-transformers model from a folder or a hub id, on `device`."""
    from sentence_transformers import SentenceTransformer

    from tasks.quick_linear import quicken

    encoder = SentenceTransformer(model, device=device)
    if device == "cpu":
        quicken(encoder)
    return encoder
