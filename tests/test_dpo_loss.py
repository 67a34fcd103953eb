"""The loss that the DPO method minimises is the one its docstring states, computed here on its own."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import tiny

import alignment.methods.dpo as dpo
from alignment.method import TrainingJob
from alignment.rows import preference_rows
from tasks.data.folder import DataFolder

BETA = 0.3
SETTINGS = {
    "beta": BETA, "max_steps": 1, "per_device_train_batch_size": 4, "learning_rate": 0.0, "logging_steps": 1,
    "gradient_checkpointing": False, "bf16": False, "disable_tqdm": True,
}  # fmt: skip


def job(model: Path, folder: Path, **settings: Any) -> TrainingJob:
    rows = preference_rows(DataFolder("library", tiny.write_data(folder / "library")).preferences())
    return TrainingJob(str(model), rows, folder / "out", seed=0, settings={**SETTINGS, **settings})


def log_probability(model: Any, tokenizer: Any, prompt: list[dict[str, str]], answer: list[dict[str, str]]) -> Any:
    """log π(answer | prompt) in nats: the rendered conversation, plain log-softmax, one text at a time, no padding."""
    import torch

    before = tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([*prompt, *answer], tokenize=False)
    assert whole.startswith(before)
    ids = torch.tensor([tokenizer(whole, add_special_tokens=False)["input_ids"]])
    start = len(tokenizer(before, add_special_tokens=False)["input_ids"])
    with torch.no_grad():
        log_probabilities = torch.log_softmax(model(ids).logits.double(), dim=-1)[0, :-1]
    each = log_probabilities.gather(1, ids[0, 1:, None])[:, 0]
    return each[start - 1 :].sum()


def loss_of(rows: list[dict[str, Any]], policy: Any, reference: Any, tokenizer: Any) -> float:
    """The mean over rows of −log σ(β log π_θ(y_w|x)/π_sft(y_w|x) − β log π_θ(y_l|x)/π_sft(y_l|x))."""
    losses = []
    for row in rows:
        ratio = {
            side: log_probability(policy, tokenizer, row["prompt"], row[side])
            - log_probability(reference, tokenizer, row["prompt"], row[side])
            for side in ("chosen", "rejected")
        }
        margin = float(BETA * ratio["chosen"] - BETA * ratio["rejected"])
        losses.append(math.log1p(math.exp(-margin)))
    return sum(losses) / len(losses)


@pytest.mark.slow
@pytest.mark.parametrize("precompute", [False, True])
def test_the_trainer_s_loss_is_the_one_computed_from_log_probabilities(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precompute: bool
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    built: list[Any] = []
    monkeypatch.setattr(dpo, "run", lambda trainer, _: built.append(trainer))
    work = job(tiny_model, tmp_path, precompute_ref_log_probs=precompute)
    dpo.train(work)
    trainer = built[0]
    reference = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    rows = dpo.rows_of_steps(work.rows, trainer.args, work.seed)[:4]
    batch = trainer.data_collator([trainer.train_dataset[number] for number in range(4)])

    def trainer_s() -> float:
        with torch.no_grad():
            return float(trainer.compute_loss(trainer.model, batch))

    assert trainer_s() == pytest.approx(math.log(2), abs=1e-5), "before any update the policy is its own reference"
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in trainer.model.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=generator)
    expected = loss_of(rows, trainer.model.eval(), reference, tokenizer)
    assert abs(expected - math.log(2)) > 0.05, "the policy must be away from its reference for this to show anything"
    assert trainer_s() == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_training_starts_at_log_two_since_the_checkpoint_it_starts_from_is_its_reference(
    tiny_model: Path, tmp_path: Path
) -> None:
    work = job(tiny_model, tmp_path, max_steps=2, learning_rate=0.01)
    dpo.train(work)
    log = json.loads((work.out / "training_log.json").read_text())
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert losses[0] == pytest.approx(math.log(2), abs=1e-4)
    assert losses[1] < losses[0] - 0.01


def test_a_few_steps_ask_the_reference_for_the_rows_that_they_see(tmp_path: Path) -> None:
    from trl import DPOConfig

    rows = [{"prompt": number} for number in range(50)]
    config = DPOConfig(str(tmp_path), max_steps=3, per_device_train_batch_size=4, use_cpu=True, bf16=False)
    few = dpo.rows_of_steps(rows, config, seed=1)
    assert len(few) == 12
    assert few == dpo.rows_of_steps(rows, config, seed=1)
    assert few != dpo.rows_of_steps(rows, config, seed=2)
    whole = DPOConfig(str(tmp_path), num_train_epochs=1, use_cpu=True, bf16=False)
    assert dpo.rows_of_steps(rows, whole, seed=1) == rows
