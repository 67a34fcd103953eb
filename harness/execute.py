"""Carrying out a plan: each missing artefact is made once, shared work is shared, nothing finished is touched."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from alignment.method import Method, Rows, TrainingJob
from harness.answers import write_answers, write_likelihoods
from harness.pairs import Pair, PairJudging
from harness.plan import DocumentPlan, Planner, Step
from harness.recipe import Training
from harness.safety.execute import SafetyWork
from harness.scoring import make_scores
from harness.store import Store
from tasks.document import chunk_document
from tasks.errors import InputError
from tasks.folder import DataFolder
from tasks.types import Chunk

#: glibc's names for two options of mallopt(3).
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1

Told = Callable[[Step, str], None]


class Executor:
    """Makes the artefacts of a plan in a store.

    `told(step, state)` hears of each step: "reused", "started", "finished", "not run: …" where a public suite is out
    of reach.
    """

    def __init__(self, planner: Planner, store: Store, told: Told) -> None:
        self.planner, self.recipe, self.store, self.told = planner, planner.recipe, store, told
        self._model: tuple[str, Any] | None = None
        self._embedder: Any = None
        self._index_read: tuple[str, Any] | None = None
        self._questions: dict[str, Any] = {}
        self._made_together: set[str] = set()

    def run(self, plans: list[DocumentPlan]) -> None:
        """Make everything that is missing, document by document."""
        missing = [step for plan in plans for step in plan.steps() if not self.store.has(step.artefact)]
        if missing:
            settle_torch(self.recipe.seed, self.recipe.hardware.threads)
        for plan in plans:
            for step in plan.steps():
                if step.artefact.name in self._made_together:
                    continue
                if self.store.has(step.artefact):
                    self.told(step, "reused")
                elif step.kind == "scores":
                    metric = step.detail["metric"]
                    self._score([s for s in plan.scores.values() if s.detail["metric"] == metric])
                elif step.kind == "verdicts":
                    judge = step.detail["judge"].key
                    self._judge([s for s in plan.verdicts.values() if s.detail["judge"].key == judge])
                elif why := self._out_of_reach(step):
                    self.told(step, f"not run: {why}")
                else:
                    self._make(step, getattr(self, f"_{step.kind}"))

    def _make(self, step: Step, work: Callable[[Step, Path], None]) -> None:
        self.told(step, "started")
        try:
            self.store.make(step.artefact, lambda folder: work(step, folder))
        except InputError:
            if not self._out_of_reach(step):
                raise
            self.told(step, f"not run: {self._out_of_reach(step)}")
            return
        if step.kind == "checkpoint":
            release_memory()
        self.told(step, "finished")

    def _out_of_reach(self, step: Step) -> str:
        """Why a safety step has no data; empty where it has."""
        return self.safety.unreachable.get(step.detail["part"].name, "") if "part" in step.detail else ""

    @cached_property
    def safety(self) -> SafetyWork:
        """What makes the safety steps."""
        assert self.planner.classifier is not None
        return SafetyWork(self.recipe, self.planner.classifier)

    def _responses(self, step: Step, folder: Path) -> None:
        self.safety.answer(step.detail["part"], self._system_model(step), folder)

    def _labels(self, step: Step, folder: Path) -> None:
        self.safety.label(step.detail["part"], self.store.path(step.detail["responses"].artefact), folder)

    def _checkpoint(self, step: Step, folder: Path) -> None:
        method: Method = step.detail["method"]
        parent: Step | None = step.detail["parent"]
        self._model = None
        start = str(self.store.path(parent.artefact)) if parent else self.planner.seed_model
        rows = training_rows(step.document, method, lambda: self._chunks(step.document))
        method.train(training_job(self.planner, step, start, rows, folder))

    def _index(self, step: Step, folder: Path) -> None:
        from baselines.index import write_index

        write_index(folder, self._chunks(step.document), self._loaded_embedder())

    def _answers(self, step: Step, folder: Path) -> None:
        from harness import lm_eval_bridge as bridge

        model = self._system_model(step)
        arguments = bridge.generation_arguments(self.recipe.generation)
        config = bridge.task_config(step.document, "heldout")
        results = bridge.evaluate(model, config, self.recipe.limit, arguments, self.recipe.seed)
        write_answers(folder, bridge.answers_of(results, model))
        bridge.write_lm_eval_layout(results, folder / "lm_eval")

    def _likelihoods(self, step: Step, folder: Path) -> None:
        from harness import lm_eval_bridge as bridge

        model = self._system_model(step)
        config = bridge.task_config(step.document, "preference")
        results = bridge.evaluate(model, config, self.recipe.limit, None, self.recipe.seed)
        write_likelihoods(folder, bridge.likelihoods_of(results, model))
        bridge.write_lm_eval_layout(results, folder / "lm_eval")

    def _score(self, steps: list[Step]) -> None:
        missing = [step for step in steps if not self.store.has(step.artefact)]
        metric = missing[0].detail["metric"]
        for step in missing:
            self.told(step, "started")
        make_scores(
            self.store, metric, [(step.artefact, self.store.path(step.detail["answers"].artefact)) for step in missing]
        )
        for step in missing:
            self._made_together.add(step.artefact.name)
            self.told(step, "finished")

    def _judge(self, steps: list[Step]) -> None:
        missing = {step.artefact.id: step for step in steps if not self.store.has(step.artefact)}
        pairs = []
        for step in missing.values():
            first, second = (step.detail[side] for side in ("first", "second"))
            names = (first.detail["system"].name, second.detail["system"].name)
            answers = (self.store.path(first.artefact), self.store.path(second.artefact))
            pairs.append(Pair(names, answers, step.document.path, step.artefact))
        judging = PairJudging(self.store, steps[0].detail["judge"], pairs)
        judging.make(lambda pair, state: self.told(missing[pair.artefact.id], state))
        self._made_together |= {step.artefact.name for step in missing.values()}

    def _system_model(self, step: Step) -> Any:
        """The step's lm-eval model, wrapped for retrieval where the system wants it; the last one loaded is kept."""
        from harness import lm_eval_bridge as bridge

        checkpoint: Step | None = step.detail["checkpoint"]
        where = str(self.store.path(checkpoint.artefact)) if checkpoint else self.planner.seed_model
        if self._model is None or self._model[0] != where:
            self._model = None
            release_memory()
            hardware = self.recipe.hardware
            built = bridge.build_model(self.recipe.backend, where, self.planner.device, hardware.dtype)
            self._model = (where, built)
        if not step.detail["system"].retrieval:
            return self._model[1]
        return self._with_retrieval(self._model[1], step.document)

    def _with_retrieval(self, model: Any, document: DataFolder) -> Any:
        from baselines.retrieval import RetrievalLM

        assert self.recipe.retrieval is not None
        assert self.planner.template is not None
        return RetrievalLM(model, self._read_index(document), self.recipe.retrieval.top_k, self.planner.template)

    def _read_index(self, document: DataFolder) -> Any:
        """The document's index, which has met every held-out question; the last one read is kept."""
        from baselines.index import read_index

        artefact = self.planner.index_step(document).artefact
        if self._index_read is None or self._index_read[0] != artefact.id:
            index = read_index(self.store.path(artefact), self._loaded_embedder(), self._questions)
            index.expect([item.prompt for item in document.held_out()])
            if document.has_held_out_preferences:
                index.expect([pair.prompt for pair in document.held_out_preferences()])
            self._index_read = (artefact.id, index)
        return self._index_read[1]

    def _loaded_embedder(self) -> Any:
        from tasks.encoder import load_sentence_encoder

        if self._embedder is None:
            self._embedder = load_sentence_encoder(self.planner.embedder or "", self.planner.device)
        return self._embedder

    def _chunks(self, document: DataFolder) -> list[Chunk]:
        """The document's chunks, bounded by the embedder's tokens; words where the recipe has no embedder."""
        count = None
        if self.recipe.retrieval:
            tokenizer = self._loaded_embedder().tokenizer
            count = lambda text: len(tokenizer(text, truncation=False)["input_ids"])  # noqa: E731
        return chunk_document(document.document(), count, self.planner.chunk_tokens)


def training_job(planner: Planner, step: Step, model: str, rows: Rows, out: Path) -> TrainingJob:
    """The job of a checkpoint step."""
    training: Training = step.detail["training"]
    return TrainingJob(
        model=model,
        rows=rows,
        out=out,
        seed=planner.recipe.seed,
        device=planner.device,
        dtype=planner.recipe.hardware.dtype,
        settings=training.settings,
        lora=training.lora,
    )


def training_rows(document: DataFolder, method: Method, chunks: Callable[[], list[Chunk]]) -> Rows:
    """What `method` trains on, in TRL's formats; `chunks` is called where it reads the document."""
    from alignment.rows import document_rows, instruction_rows, preference_rows

    if method.reads == "document":
        return document_rows(document.document(), chunks())
    if method.reads == "instructions":
        return instruction_rows(document.instructions())
    return preference_rows(document.preferences())


def release_memory() -> None:
    """Drop what only reference cycles still hold (a trainer with its optimiser) and give freed blocks back."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def settle_torch(seed: int, threads: int | None) -> None:
    """Seed torch, fix its threads, ask for deterministic kernels, and keep freed memory for the next step.

    Training allocates and frees the same large blocks at every step; glibc gives blocks over 128 KiB back to the
    system each time, which costs page faults on a CPU. Raising its thresholds keeps them (mallopt(3)).
    """
    import torch

    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # it finds bugs; it costs 7% of a training step
    if threads:
        torch.set_num_threads(threads)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, 1 << 25)
            mallopt(_TRIM_THRESHOLD, 1 << 30)
