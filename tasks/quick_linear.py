"""What makes a transformer that is only read from quick on a CPU: linear layers by oneDNN, whose weights lie ready."""

from __future__ import annotations

from typing import Any

#: Rows that the order of the weights is chosen for; in measurements no other number was quicker, at any row count.
_ROWS = 64


def quicken(model: Any) -> None:
    """Let oneDNN do the linear layers of a `torch.nn.Module` on a CPU that is only read from, in place.

    Its kernels want weights in blocks, and sort them so at every call; here they are sorted once, which in bfloat16
    gives the same bits. In float32 torch asks MKL, which leaves AVX-512 unused on AMD's processors; oneDNN uses what is
    there, as exactly: MiniLM's unit vectors differ by 3e-7 at most. The layers have no parameters afterwards (`weight`
    is put back in order when it is asked for). Nothing is done where torch lacks oneDNN, nor to bfloat16 layers where
    the processor lacks it.
    """
    import torch

    if not torch.backends.mkldnn.is_available():
        return
    kinds = [torch.float32]
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        kinds.append(torch.bfloat16)

    class OneDnnLinear(torch.nn.Module):
        def __init__(self, layer: torch.nn.Linear) -> None:
            super().__init__()
            self._sorted = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), _ROWS)
            self._bias = None if layer.bias is None else layer.bias.detach()

        @property
        def weight(self) -> Any:
            return self._sorted.to_dense()

        @property
        def bias(self) -> Any:
            return self._bias

        def forward(self, states: torch.Tensor) -> Any:
            return torch.ops.mkldnn._linear_pointwise(states, self._sorted, self._bias, "none", [], "")

    for part in list(model.modules()):
        for name, layer in part.named_children():
            if type(layer) is torch.nn.Linear and layer.weight.dtype in kinds and layer.weight.device.type == "cpu":
                setattr(part, name, OneDnnLinear(layer))
