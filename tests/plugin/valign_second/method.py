"""An alignment method: the model it starts from, unchanged."""

import shutil

import valign


def train(job: valign.TrainingJob) -> None:
    """Copy the checkpoint."""
    shutil.copytree(job.model, job.out, dirs_exist_ok=True)


METHOD = valign.Method(
    name="unchanged", label="unchanged", starts_from="seed", reads="instructions", summary="no training", train=train
)
