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
#: Speeds of training, reading and writing token by token over that of a float32 matrix product: what the quickstart
#: took on two cores that multiply bfloat16 (results/quickstart).
_TRAINING, _READING, _WRITING = 1.27, 1.5, 0.185
#: Tokens of a prompt with its answer or options, without passages.
_PROMPT = 60
#: Items of a task of the core suite on average; a guess for a public task. The share whose answers are written.
_CORE_ITEMS, _PUBLIC_ITEMS, _WRITTEN = 104, 500, 0.45
#: Seconds to start a step: loading, saving.
_START = 0.3


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
        """Floating-point operations a second of a large float32 matrix product here (a GPU counts as 75 times it)."""
        a = np.ones((1024, 1024), dtype=np.float32)
        took = []
        for _ in range(5):
            started = time.perf_counter()
            np.matmul(a, a)
            took.append(time.perf_counter() - started)
        cpu = 2 * 1024**3 / min(took)
        return cpu * (1.0 if self.planner.device == "cpu" else 75.0)

    def seconds(self, step: Step) -> float:
        """Estimated seconds of a step that is not made yet."""
        if step.kind == "checkpoint":
            return _START + self._training(step)
        if step.kind in ("answers", "likelihoods"):
            return _START + self._answering(step)
        if step.kind == "responses":
            return _START + self._safety(step)
        return {"index": 1.0, "scores": 0.5, "verdicts": 0.2, "labels": 1.0}[step.kind]

    def _safety(self, step: Step) -> float:
        settings = self.planner.recipe.safety
        if settings is None:
            return 0.0
        part = step.detail["part"]
        each = _PUBLIC_ITEMS if part.source else _CORE_ITEMS
        items = len(part.tasks) * min(each, settings.limit or each)
        return self._reading(items, step) + self._writing(_WRITTEN * items, settings.max_gen_toks)

    def _training(self, step: Step) -> float:
        rows = training_rows(step.document, step.detail["method"], lambda: _words(step))
        settings = step.detail["training"].settings
        tokens = len(json.dumps(rows)) / _CHARACTERS * float(settings.get("num_train_epochs", 3.0))
        passes = 10 if step.detail["method"].reads == "preferences" else 6
        return passes * self.parameters * tokens / (self.speed * _TRAINING)

    def _answering(self, step: Step) -> float:
        recipe, document = self.planner.recipe, step.document
        items = document.held_out() if step.kind == "answers" else document.held_out_preferences()
        count = min(len(items), recipe.limit or len(items))
        if step.kind == "likelihoods":
            return self._reading(count, step)  # both answers of a pair below one prompt
        return self._reading(count, step) + self._writing(count, recipe.generation.max_gen_toks)

    def _reading(self, items: float, step: Step) -> float:
        retrieval = self.planner.recipe.retrieval if self._retrieves(step) else None
        shown = _PROMPT + (retrieval.top_k * retrieval.chunk_tokens if retrieval else 0)
        return 2 * self.parameters * items * shown / (self.speed * _READING)

    def _writing(self, items: float, longest: int) -> float:
        return 2 * self.parameters * items * longest * _ANSWER_SHARE / (self.speed * _WRITING)

    def _retrieves(self, step: Step) -> bool:
        return bool(step.detail["system"].retrieval)


def _words(step: Step) -> list[Chunk]:
    return chunk_document(step.document.document())


def _parameters(file: Path) -> int:
    """Numbers in a safetensors file, read off its header (eight bytes of length, then JSON)."""
    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    return sum(int(np.prod(entry["shape"])) for name, entry in header.items() if name != "__metadata__")
