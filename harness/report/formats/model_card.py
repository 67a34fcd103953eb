"""`model_cards/<document>-<method>/README.md`: a model card with `model-index` for each checkpoint."""

from __future__ import annotations

from pathlib import Path

from harness.report.formats.base import Format, Report
from harness.report.hub.card import model_card
from harness.report.hub.checkpoints import trained_models
from valign.files import write_atomic


class ModelCards(Format):
    """For the hub; writes nothing for a run without checkpoints."""

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        paths = []
        for model in trained_models(report.manifest, report.documents, folder):
            path = folder / "model_cards" / model.name / "README.md"
            write_atomic(path, str(model_card(report.manifest, model)))
            paths.append(path)
        return paths


FORMAT = ModelCards()
