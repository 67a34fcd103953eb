"""Direct preference optimisation on `D_pref` (Rafailov et al. 2023, equation 7), from the SFT checkpoint.

The SFT checkpoint is also the frozen reference model:
loss = -log sigmoid( beta log pi(y_w|x)/pi_sft(y_w|x) - beta log pi(y_l|x)/pi_sft(y_l|x) ).
"""

from __future__ import annotations

import random
from typing import Any

from alignment.method import Method, Rows, TrainingJob
from alignment.training import configure, load, peft_config, run


def train(job: TrainingJob) -> None:
    """Train on conversational `prompt`/`chosen`/`rejected` rows with TRL's `DPOTrainer`."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    config = configure(DPOConfig, job)
    model, tokenizer = load(job)
    rows = Dataset.from_list(rows_of_steps(job.rows, config, job.seed))
    adapter = peft_config(job)
    run(DPOTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer, peft_config=adapter), job)


def rows_of_steps(rows: Rows, config: Any, seed: int) -> Rows:
    """The rows for `max_steps` steps, sampled with the seed; all rows if `max_steps` is not set.

    TRL computes the reference model's log-probabilities of every row before the first step, which takes longer than a
    training of few steps.
    """
    if config.max_steps <= 0:
        return rows
    seen = config.max_steps * config.train_batch_size * config.gradient_accumulation_steps
    return random.Random(seed).sample(rows, min(seen, len(rows)))


METHOD = Method(
    name="dpo",
    label="DPO",
    starts_from="sft",
    reads="preferences",
    summary="direct preference optimisation on D_pref (TRL DPOTrainer)",
    train=train,
    config="trl:DPOConfig",
)
