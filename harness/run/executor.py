"""Execution in this process: ready stages are taken from the graph, batch by batch; nothing finished is touched."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from harness.recipe import Recipe
from harness.run.store import Store
from harness.stages.base import Artefact, NotRunError, Stage, Workspace

Shared = TypeVar("Shared")
#: Is given a stage and its state: "reused", "started", "finished", or "not run: …" with the reason.
OnProgress = Callable[[Stage, str], None]


class LocalWorkspace(Workspace):
    """What stages share in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._slots: dict[str, tuple[Hashable, Any]] = {}

    def path(self, artefact: Artefact) -> Path:
        """See `Workspace`."""
        return self._store.path(artefact)

    @property
    def replies(self) -> Path:
        """See `Workspace`."""
        return self._store.folder.parent / "calls.sqlite"

    def shared(self, slot: str, key: Hashable, build: Callable[[], Shared]) -> Shared:
        """See `Workspace`."""
        if slot not in self._slots or self._slots[slot][0] != key:
            self.drop(slot)
            self._slots[slot] = (key, build())
        found: Shared = self._slots[slot][1]
        return found

    def drop(self, slot: str) -> None:
        """See `Workspace`."""
        if self._slots.pop(slot, None) is not None:
            gc.collect()


def execute(stages: Sequence[Stage], store: Store, on_progress: OnProgress) -> None:
    """Make the stages that are missing. A stage that needs one which is not run is not run either.

    Raises:
        InputError: a stage failed; what was made before it stays.
    """
    waiting, not_run = list(stages), dict[str, str]()
    work = LocalWorkspace(store)
    while waiting:
        for stage in (there := [one for one in waiting if store.has(one)]):
            on_progress(stage, "reused")
        waiting = [stage for stage in waiting if stage not in there]
        batch = _ready_batch(waiting, store)
        if not batch:
            break
        waiting = [stage for stage in waiting if stage not in batch]
        for _, alike in groupby(batch, key=type):
            _make(list(alike), store, work, on_progress, not_run)
    for stage in waiting:
        reason = next((not_run[need.id] for need in stage.needs if need.id in not_run), None)
        if reason is None:
            raise RuntimeError(f"{stage.document}: {stage.title} needs what no stage of the plan makes")
        not_run[stage.id] = reason
        on_progress(stage, f"not run: {reason}")


def _ready_batch(waiting: Sequence[Stage], store: Store) -> list[Stage]:
    """The first stage whose needs are there, with all ready stages of the same batch key, each artefact once."""
    distinct = {stage.id: stage for stage in reversed(waiting)}  # two documents can share an artefact
    ready = [stage for stage in reversed(distinct.values()) if all(store.has(need) for need in stage.needs)]
    if not ready or ready[0].batch is None:
        return ready[:1]
    return [stage for stage in ready if stage.batch == ready[0].batch]


def _make(stages: list[Stage], store: Store, work: Workspace, on_progress: OnProgress, not_run: dict[str, str]) -> None:
    while stages:
        started = time.monotonic()
        on_progress(stages[0], "started")
        try:
            for stage, write in type(stages[0]).make(list(stages), work):
                store.write(stage, write, started)
                on_progress(stage, "finished")
                stages.remove(stage)
                started = time.monotonic()
                if stages:
                    on_progress(stages[0], "started")
        except NotRunError as error:
            lost = stages.pop(0)
            not_run[lost.id] = str(error)
            on_progress(lost, f"not run: {error}")
        else:
            if stages:
                raise RuntimeError(f"stage {stages[0].kind}: make() ended before {stages[0].title!r} was made")


def settle_torch(recipe: Recipe) -> None:
    """Seed torch, fix its threads, and ask for deterministic kernels, before stages are made."""
    import torch

    torch.manual_seed(recipe.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # it finds bugs; it costs 7% of a training step
    if recipe.hardware.threads:
        torch.set_num_threads(recipe.hardware.threads)
