"""On a CPU, TRL's fused language-model head scores every position of a batch, though the loss counts answers alone."""

from __future__ import annotations

from functools import cache


@cache
def score_counted_positions() -> None:
    """Let TRL project only positions with a label on a CPU too, as it does on a GPU: the same loss from less work.

    TRL decides by the kernel that a device has, since accelerators that compile want fixed shapes; a CPU does not.
    Where another version of TRL decides in another way, nothing is changed.
    """
    from trl.trainer import utils

    decide = getattr(utils, "_use_triton", None)
    if decide is not None:
        utils._use_triton = lambda device: device.type == "cpu" or decide(device)
