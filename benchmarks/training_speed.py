"""Training on a CPU: TRL as it stands against the same method as valign sets it, in one run.

    python -m benchmarks.training_speed recipes/quickstart.yaml --steps 40

SFT and DPO on the first document's data, the recipe's settings; TRL's own way is without `score_counted_positions`,
without `model_init_kwargs`, and with the fresh memory filled that `torch.use_deterministic_algorithms` asks for.
Seconds are those of the whole method: loading, what DPO computes of its reference, and so many steps.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from trl.trainer import utils

from alignment.counted_positions import score_counted_positions
from alignment.method import TrainingJob
from alignment.rows import instruction_rows, preference_rows
from alignment.weights import locate
from harness.execute import settle_torch
from harness.methods import find_method
from harness.recipe import Recipe, load_recipe
from tasks.folder import find


def seconds(recipe: Recipe, name: str, settings: Mapping[str, Any]) -> float:
    """Seconds that a method takes."""
    data = find(recipe.documents[0])
    rows = instruction_rows(data.instructions()) if name == "sft" else preference_rows(data.preferences())
    with tempfile.TemporaryDirectory() as folder:
        job = TrainingJob(locate(recipe.seed_model.model), rows, Path(folder), 0, "cpu", settings=settings)
        start = time.perf_counter()
        find_method(name).train(job)
        return time.perf_counter() - start


def main() -> None:
    """Time both ways of both methods, after a step of each to warm up, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    settle_torch(0, recipe.hardware.threads)
    stock = utils._use_triton
    score_counted_positions()  # done once in a process: what it set is put back and forth below
    counted = utils._use_triton
    for name in ("sft", "dpo"):
        ours = {**recipe.methods[name].settings, "max_steps": options.steps}
        theirs = {key: value for key, value in ours.items() if key != "model_init_kwargs"}
        seconds(recipe, name, {**ours, "max_steps": 1})
        took = []
        for decide, filled, settings in ((stock, True, theirs), (counted, False, ours)):
            utils._use_triton, torch.utils.deterministic.fill_uninitialized_memory = decide, filled
            took.append(seconds(recipe, name, settings))
        print(f"{name}: TRL {took[0]:.1f} s, valign {took[1]:.1f} s, ratio {took[0] / took[1]:.2f}", flush=True)


if __name__ == "__main__":
    main()
