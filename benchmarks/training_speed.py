"""Training on a CPU: TRL as it stands against the same trainer as valign sets it, in one run.

    python -m benchmarks.training_speed recipes/quickstart.yaml --steps 40

SFT and DPO on the first document's data, the recipe's settings; TRL's own way is without `score_counted_positions`,
without `model_init_kwargs`, and with the fresh memory filled that `torch.use_deterministic_algorithms` asks for.
Seconds are those of `trainer.train()`; what DPO computes of its reference before that is left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from alignment import training
from alignment.method import TrainingJob
from alignment.rows import instruction_rows, preference_rows
from alignment.weights import locate
from harness.execute import settle_torch
from harness.methods import find_method
from harness.recipe import Recipe, load_recipe
from tasks.folder import find


def seconds(recipe: Recipe, name: str, settings: Mapping[str, Any]) -> float:
    """Seconds of a method's training, as its trainer counts them."""
    data = find(recipe.documents[0])
    rows = instruction_rows(data.instructions()) if name == "sft" else preference_rows(data.preferences())
    method, told = find_method(name), []
    run = training.run

    def timed(trainer: Any, job: TrainingJob) -> None:
        run(trainer, job)
        told.append(trainer.state.log_history[-1]["train_runtime"])

    with tempfile.TemporaryDirectory() as folder, mock.patch(f"{method.train.__module__}.run", timed):
        method.train(TrainingJob(locate(recipe.seed_model.model), rows, Path(folder), 0, "cpu", settings=settings))
    return float(told[0])


def main() -> None:
    """Time both ways of both methods and print the ratios; TRL's own way first, since the patch stays."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    settle_torch(0, recipe.hardware.threads)
    ours = {name: {**recipe.methods[name].settings, "max_steps": options.steps} for name in ("sft", "dpo")}
    theirs = {name: {k: v for k, v in s.items() if k != "model_init_kwargs"} for name, s in ours.items()}
    torch.utils.deterministic.fill_uninitialized_memory = True
    with mock.patch.object(training, "score_counted_positions"):
        before = {name: seconds(recipe, name, settings) for name, settings in theirs.items()}
    torch.utils.deterministic.fill_uninitialized_memory = False
    for name, settings in ours.items():
        now = seconds(recipe, name, settings)
        print(f"{name}: TRL {before[name]:.1f} s, valign {now:.1f} s, ratio {before[name] / now:.2f}", flush=True)


if __name__ == "__main__":
    main()
