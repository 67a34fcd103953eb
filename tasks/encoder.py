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

    if not torch.backends.mkldnn.is_available():
        return

    class OneDnnLinear(torch.nn.Module):
        def __init__(self, layer: torch.nn.Linear) -> None:
            super().__init__()
            self.weight, self.bias = layer.weight, layer.bias

        def forward(self, states: torch.Tensor) -> Any:
            return torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, "none", [], "")

    for part in list(model.modules()):
        for name, layer in part.named_children():
            if type(layer) is torch.nn.Linear and layer.weight.dtype == torch.float32:
                setattr(part, name, OneDnnLinear(layer))
