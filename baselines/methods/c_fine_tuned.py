"""Contextual fine-tuning, the paper's baseline: causal language modelling on the document's running text.

The document is one sequence of the model's tokens, cut into blocks of `max_length` across paragraphs and sections, with
an end-of-text token at its end alone. TRL's `SFTTrainer` does so with `packing_strategy: wrapped`, and takes the loss
over all tokens of `text` rows.
"""

from __future__ import annotations

from dataclasses import replace

from alignment.method import Method, TrainingJob
from alignment.methods import sft

_FIXED = {"packing": True, "packing_strategy": "wrapped"}


def train(job: TrainingJob) -> None:
    """Train on the document's single `text` row; without packing TRL would train on its first block alone."""
    sft.train(replace(job, settings={**job.settings, **_FIXED}))


METHOD = Method(
    name="c-fine-tuned",
    label="c-fine-tuned",
    starts_from="seed",
    reads="document",
    summary="causal language modelling on the document's running text (TRL SFTTrainer)",
    train=train,
    config="trl:SFTConfig",
    fixed=_FIXED,
)
