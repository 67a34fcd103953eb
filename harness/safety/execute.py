"""Making a safety step: asking a system's model, or classing what it answered. What cannot be had is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.lm_eval_bridge import write_lm_eval_layout
from harness.recipe import Recipe
from harness.safety.ask import Asking, ask
from harness.safety.classes import Classifier
from harness.safety.labels import Labeller
from harness.safety.responses import read_responses, write_labels, write_responses
from harness.safety.suites import Part
from tasks.errors import InputError


class SafetyWork:
    """The safety steps of one run. `unreachable` says of each part that could not be loaded why."""

    def __init__(self, recipe: Recipe, classifier: Classifier) -> None:
        settings = recipe.safety
        assert settings is not None
        data_dir = Path(settings.data_dir) if settings.data_dir else None
        self._how = Asking(settings.limit, settings.max_gen_toks, recipe.seed, data_dir)
        self._labeller = Labeller(classifier)
        self.unreachable: dict[str, str] = {}

    def answer(self, part: Part, model: Any, folder: Path) -> None:
        """Write a model's responses to a part, and lm-eval's own files.

        Raises:
            InputError: a public part's data cannot be had; remembered, so that it is tried once.
        """
        try:
            responses, results = ask(model, part, self._how)
        except InputError as error:
            if part.source:
                self.unreachable[part.name] = str(error)
            raise
        write_responses(folder, responses)
        for one in results:
            write_lm_eval_layout(one, folder / "lm_eval")

    def label(self, part: Part, answered: Path, folder: Path) -> None:
        """Write the classes of the answers in the folder `answered`."""
        write_labels(folder, self._labeller.label(part, read_responses(answered)))
