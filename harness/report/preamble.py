"""The preamble above the tables of a run."""

from __future__ import annotations

from pathlib import Path

from harness.report.table import Alarm
from harness.run.manifest import Manifest


def preamble(manifest: Manifest) -> list[str]:
    """Its lines, as plain text."""
    recipe, hardware = manifest.recipe, manifest.hardware
    if manifest.imported:
        return _imported(manifest)
    where = f", answers in {hardware['dtype']} on {hardware['device']}" if hardware else ""
    lines = [f"Run {recipe.name}, valign {manifest.valign}, seed model {recipe.seed_model.model}{where}."]
    if recipe.seed_model.stand_in:
        lines.append(
            Alarm(
                "The seed model is a stand-in, to try the harness with. "
                "Its absolute figures mean nothing; the paired differences are real."
            )
        )
    if recipe.limit is not None:
        lines.append(
            Alarm(f"Cut down: {recipe.limit} items of every held-out set, spread over its sections and kinds.")
        )
    return lines


def _imported(manifest: Manifest) -> list[str]:
    """Where the systems of an imported run come from, one line a log."""
    logs = [
        f"{one.system} on {one.document}: {one.harness}{one.model and f', model {one.model}'}, "
        f"{Path(one.file).name} ({one.log})"
        for one in manifest.imported
    ]
    head = (
        f"Run {manifest.recipe.name}, imported by valign {manifest.valign} from the logs of other harnesses: nothing "
        "was trained or answered here, and what a log does not say (retrieval, training data) is not known."
    )
    return [head, *logs]
