"""Text encoders: sentence-transformers models, and what makes any transformer encoder quick on a CPU."""

from __future__ import annotations

from typing import Any


def load_sentence_encoder(model: str, device: str) -> Any:
    """A sentence-transformers model from a folder or a hub id, on `device`."""
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model, device=device)
    if device == "cpu":
        quicken(encoder)
    return encoder


def quicken(model: Any) -> None:
    """Let oneDNN do the float32 linear layers of a `torch.nn.Module` that is only read from, in place.

    torch gives float32 products on a CPU to MKL, which leaves AVX-512 unused on AMD's processors; oneDNN uses what is
    there. The same precision: MiniLM's unit vectors differ by 3e-7 at most. Nothing is done where torch lacks oneDNN.
    """
    import torch
    from torch.utils.mkldnn import MkldnnLinear

    if not torch.backends.mkldnn.is_available():
        return
    for name, part in list(model.named_children()):
        if type(part) is torch.nn.Linear and part.weight.dtype == torch.float32:
            setattr(model, name, MkldnnLinear(part, torch.float32))
        else:
            quicken(part)
