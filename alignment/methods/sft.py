"""Supervised fine-tuning on `D_sft`, with the loss on completion tokens only."""

from __future__ import annotations

from alignment.method import Method, TrainingJob
from alignment.training import configure, load, peft_config, run


def train(job: TrainingJob) -> None:
    """Fine-tune with TRL's `SFTTrainer`: completion-only loss on prompt/completion rows, full loss on `text` rows."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    config = configure(SFTConfig, job)
    model, tokenizer = load(job)
    rows = Dataset.from_list(job.rows)
    adapter = peft_config(job)
    run(SFTTrainer(model, config, train_dataset=rows, processing_class=tokenizer, peft_config=adapter), job)


METHOD = Method(
    name="sft",
    label="SFT",
    starts_from="seed",
    reads="instructions",
    summary="supervised fine-tuning on D_sft (TRL SFTTrainer)",
    train=train,
    config="trl:SFTConfig",
)
