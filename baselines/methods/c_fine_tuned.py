"""Contextual fine-tuning, the paper's baseline: causal language modelling on the document's raw text.

It shares the training function with SFT, because TRL's `SFTTrainer` uses the loss over all tokens for `text` rows.
"""

from __future__ import annotations

from alignment.method import Method
from alignment.methods.sft import train

METHOD = Method(
    name="c-fine-tuned",
    label="c-fine-tuned",
    starts_from="seed",
    reads="document",
    summary="causal language modelling on the document's raw text (TRL SFTTrainer)",
    train=train,
    config="trl:SFTConfig",
)
