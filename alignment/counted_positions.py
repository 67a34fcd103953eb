"""On a CPU, TRL's fused language-model head scores every position of a batch, though the loss counts answers alone."""

from __future__ import annotations

from typing import Any


def score_counted_positions() -> None:
    """Let TRL project only positions with a label on a CPU too, as it does on a GPU: the same loss from less work.

    TRL decides by the kernel that a device has, since accelerators that compile want fixed shapes; a CPU does not.
    Where another version of TRL decides in another way, nothing is changed.
    """
    from trl.trainer import utils

    decide = getattr(utils, "_use_triton", None)
    if decide is not None and not hasattr(decide, "on_cpu_too"):
        utils._use_triton = _with_cpu(decide)


def _with_cpu(decide: Any) -> Any:
    def decision(device: Any) -> bool:
        return device.type == "cpu" or bool(decide(device))

    decision.on_cpu_too = True  # type: ignore[attr-defined]
    return decision
