"""How long a step should take, from the size of its work and the speed of this machine."""

from __future__ import annotations

import json
import time
from functools import cached_property
from pathlib import Path

import numpy as np

from harness.execute import training_rows
from harness.plan import Planner, Step
from tasks.document import chunk_document
from tasks.types import Chunk

#: Characters a token holds in English text, and the answer's usual share of the most it may have.
_CHARACTERS, _ANSWER_SHARE = 4.0, 0.6
#: Shares of the measured matrix speed that training and reading reach, and that writing token by token reaches: what
#: the quickstart took on two cores (results/quickstart).
_READING, _WRITING = 0.55, 0.20
#: Items of a safety task, and tokens of one with its options: a guess.
_SAFETY_ITEMS, _SAFETY_TOKENS = 500, 200
#: Seconds to start: imports, loading, saving.
_START = 1.5


class Estimator:
    """Estimates in seconds, as if the model ran on this machine; of a served model's own speed nothing is known."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner

    @cached_property
    def parameters(self) -> float:
        """Parameters of the seed model: read off its safetensors headers, else a guess of 7 billion for a hub id."""
        files = sorted(Path(self.planner.seed_model).glob("*.safetensors"))
        return float(sum(_parameters(file) for file in files)) or 7e9

    @cached_property
    def speed(self) -> float:
        """Floating-point operations a second of a large float32 matrix product here (a GPU counts as 200 times it)."""
        a = np.ones((1024, 1024), dtype=np.float32)
        np.matmul(a, a)
        started = time.perf_counter()
        for _ in range(3):
            np.matmul(a, a)
        cpu = 3 * 2 * 1024**3 / (time.perf_counter() - started)
        return cpu * (1.0 if self.planner.device == "cpu" else 200.0)

    def seconds(self, step: Step) -> float:
        """Estimated seconds of a step that is not made yet."""
        if step.kind == "checkpoint":
            return _START + self._training(step)
        if step.kind in ("answers", "likelihoods"):
            return _START + self._answering(step)
        if step.kind == "responses":
            return _START + self._safety(step)
        return {"index": 2.0, "scores": 0.2, "verdicts": 0.5, "labels": 1.0}[step.kind]

    def _safety(self, step: Step) -> float:
        """As if half of the tasks had their answers written; a public task's number of items is a guess."""
        settings = self.planner.recipe.safety
        if settings is None:
            return 0.0
        items = len(step.detail["part"].tasks) * min(_SAFETY_ITEMS, settings.limit or _SAFETY_ITEMS)
        written = 0.5 * items * settings.max_gen_toks * _ANSWER_SHARE
        reading = 2 * self.parameters * items * _SAFETY_TOKENS / (self.speed * _READING)
        return reading + 2 * self.parameters * written / (self.speed * _WRITING)

    def _training(self, step: Step) -> float:
        rows = training_rows(step.document, step.detail["method"], lambda: _words(step))
        settings = step.detail["training"].settings
        tokens = len(json.dumps(rows)) / _CHARACTERS * float(settings.get("num_train_epochs", 3.0))
        passes = 10 if step.detail["method"].reads == "preferences" else 6
        return passes * self.parameters * tokens / (self.speed * _READING)

    def _answering(self, step: Step) -> float:
        recipe, document = self.planner.recipe, step.document
        items = document.held_out() if step.kind == "answers" else document.held_out_preferences()
        count = min(len(items), recipe.limit or len(items))
        shown = 60 + (
            recipe.retrieval.top_k * recipe.retrieval.chunk_tokens if self._retrieves(step) and recipe.retrieval else 0
        )
        reading = 2 * self.parameters * count * shown / (self.speed * _READING)
        if step.kind == "likelihoods":
            return 2 * reading
        written = count * recipe.generation.max_gen_toks * _ANSWER_SHARE
        return reading + 2 * self.parameters * written / (self.speed * _WRITING)

    def _retrieves(self, step: Step) -> bool:
        return bool(step.detail["system"].retrieval)


def _words(step: Step) -> list[Chunk]:
    return chunk_document(step.document.document())


def _parameters(file: Path) -> int:
    """Numbers in a safetensors file, read off its header (eight bytes of length, then JSON)."""
    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    return sum(int(np.prod(entry["shape"])) for name, entry in header.items() if name != "__metadata__")
