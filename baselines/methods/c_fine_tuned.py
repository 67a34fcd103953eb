"""Contextual fine-tuning, the paper's baseline: the seed model trained further on the document's raw text.

TRL's `SFTTrainer` takes the causal language modelling loss over every token when its rows hold plain `text`, so the
training function is SFT's own.
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
