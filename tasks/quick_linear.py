"""What makes a transformer that is only read from quick on a CPU: linear layers by oneDNN, whose weights lie ready."""

from __future__ import annotations

import torch

#: Rows that the order of the weights is chosen for; of 1, 64, 1024 and 4096 none was quicker, at any row count.
_ROWS = 64


def quicken(model: torch.nn.Module) -> None:
    """Let oneDNN do the linear layers of a model on a CPU that is only read from, in place.

    Its kernels want weights in blocks, and sort them so at every call; here they are sorted once, which in bfloat16
    gives the same bits. In float32 torch asks MKL, which leaves AVX-512 unused on AMD's processors; oneDNN uses what is
    there, as exactly: MiniLM's unit vectors differ by 3e-7 at most. The layers have no parameters afterwards (`weight`
    is put back in order when it is asked for). Layers of other types than `types` are left as they are.
    """
    taken = types()
    for part in list(model.modules()):
        for name, layer in part.named_children():
            if type(layer) is torch.nn.Linear and layer.weight.dtype in taken and layer.weight.device.type == "cpu":
                setattr(part, name, _OneDnnLinear(layer))


def types() -> tuple[torch.dtype, ...]:
    """What oneDNN multiplies here: nothing where torch lacks it, bfloat16 where the processor can."""
    if not torch.backends.mkldnn.is_available():
        return ()
    half = (torch.bfloat16,) if torch.ops.mkldnn._is_mkldnn_bf16_supported() else ()
    return (torch.float32, *half)


class _OneDnnLinear(torch.nn.Module):
    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self._sorted = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), _ROWS)
        self.bias = None if layer.bias is None else layer.bias.detach()

    @property
    def weight(self) -> torch.Tensor:
        return self._sorted.to_dense()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(states, self._sorted, self.bias, "none", [], "")
