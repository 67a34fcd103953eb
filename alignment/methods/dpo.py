"""Direct preference optimisation on `D_pref` (Rafailov et al. 2023, equation 7), from the SFT checkpoint.

The checkpoint it starts from is also its frozen reference:
loss = -log sigmoid( beta log pi(y_w|x)/pi_sft(y_w|x) - beta log pi(y_l|x)/pi_sft(y_l|x) ).
"""

from __future__ import annotations

from alignment.method import Method, TrainingJob
from alignment.training import configure, load, peft_config, run


def train(job: TrainingJob) -> None:
    """Optimise on conversational `prompt`/`chosen`/`rejected` rows with TRL's `DPOTrainer`."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    config = configure(DPOConfig, job)
    model, tokenizer = load(job)
    rows = Dataset.from_list(job.rows)
    adapter = peft_config(job)
    run(DPOTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer, peft_config=adapter), job)


METHOD = Method(
    name="dpo",
    label="DPO",
    starts_from="sft",
    reads="preferences",
    summary="direct preference optimisation on D_pref (TRL DPOTrainer)",
    train=train,
    config="trl:DPOConfig",
)
