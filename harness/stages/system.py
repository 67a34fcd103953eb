"""What stages that ask a system have in common: its model, loaded once for all of them, and what answers depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.models.backends import build_model, check_backend, is_served
from harness.recipe import SEED
from harness.recipe.recipe import System
from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace
from harness.stages.checkpoint import Checkpoint, check_chat_model
from harness.stages.index import Index
from harness.stages.machine import Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from tasks.data.sampling import stratified
from tasks.data.types import HeldOut, Preference
from valign.errors import InputError, unknown
from valign.fingerprint import versions
from valign.models.locate import check_model

#: The packages whose version can change what a system answers.
_LIBRARIES = ("torch", "transformers", "lm_eval", "vllm", "faiss-cpu", "sentence-transformers")
#: Tokens of a prompt with its answer or options, without passages.
_PROMPT_TOKENS = 60


SystemParts = tuple[Label, Setup, DataFolder, System, Checkpoint | None, Index | None]


@dataclass(frozen=True, eq=False)
class SystemStage(Stage):
    """A stage that asks a system: a checkpoint (None is the seed model), with retrieval where it has an index.

    system: of one training seed, see `Recipe.replicas`.
    """

    setup: Setup
    folder: DataFolder
    system: System
    checkpoint: Checkpoint | None
    index: Index | None

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The checkpoint and the index, where there are any."""
        return tuple(one for one in (self.checkpoint, self.index) if one is not None)

    @property
    def batch(self) -> tuple[str, str]:
        """One loaded model serves all its stages."""
        return ("model", self.checkpoint.id if self.checkpoint else self.setup.seed_model)

    def inputs(self) -> dict[str, Any]:
        """The model, retrieval, the backend and its device; a stage adds what it asks."""
        recipe, retrieval = self.setup.recipe, None
        if self.index and recipe.retrieval:
            retrieval = {"index": self.index.id, "top_k": recipe.retrieval.top_k, "prompt": self.setup.template}
        return {
            "model": self.checkpoint.id if self.checkpoint else self.setup.seed_fingerprint,
            "retrieval": retrieval,
            "backend": recipe.backend.model_dump(),
            "hardware": self.setup.hardware,
            "limit": recipe.limit,
            "seed": recipe.seed,
            "versions": versions(_LIBRARIES),
        }

    def check(self) -> None:
        """The backend is known, the model and the embedder are there, and prompts fit into the context."""
        check_backend(self.setup.recipe.backend)
        if not is_served(self.setup.recipe.backend):
            check_chat_model(self.setup)
        if self.setup.embedder:
            check_model(self.setup.embedder)

    def model(self, work: Workspace) -> Any:
        """The system as an lm-eval model, wrapped for retrieval where it has an index; the loaded model is shared."""
        recipe = self.setup.recipe
        where = str(work.path(self.checkpoint)) if self.checkpoint else self.setup.seed_model
        loaded = work.shared(
            "model", where, lambda: build_model(recipe.backend, where, self.setup.device, self.setup.dtype)
        )
        if self.index is None or recipe.retrieval is None or self.setup.template is None:
            return loaded
        from baselines.retrieval.model import RetrievalLM

        return RetrievalLM(loaded, self.index.opened(work), recipe.retrieval.top_k, self.setup.template)

    def prompt_tokens(self, items: float) -> float:
        """Tokens of so many prompts, their passages included."""
        retrieval = self.setup.recipe.retrieval if self.index else None
        return items * (_PROMPT_TOKENS + (retrieval.top_k * retrieval.chunk_tokens if retrieval else 0))

    def limited(self, items: Sequence[HeldOut] | Sequence[Preference]) -> list[int] | None:
        """Positions of the items that the recipe's limit leaves, spread over sections and kinds; None without one.

        A contrast stays whole.
        """
        limit = self.setup.recipe.limit
        if limit is None:
            return None
        contrasts = [getattr(item, "contrast", None) or "" for item in items]
        return stratified([(item.section, item.kind) for item in items], contrasts, limit)

    def check_sections(self, split: str, named: Sequence[tuple[str, str]]) -> None:
        """Check that (item, section) name sections of the document.

        Raises:
            InputError: one does not.
        """
        known = [section.id for section in self.folder.document().sections]
        for item, section in named:
            if section not in known:
                raise InputError(f"{self.folder.path / split}.jsonl: {item}: {unknown('section', section, known)}")

    def reading_seconds(self, machine: Machine, items: float) -> float:
        """Estimated seconds to read so many prompts."""
        return machine.reading(self.prompt_tokens(items))


def each_system(planner: DocumentPlanner, work: str, suite: str = "") -> Iterator[SystemParts]:
    """What the stage of each system and training seed of the recipe is built of, those of one checkpoint together.

    work: what the stage does, for its title. suite: what it is asked, where that is not the document's own task.
    """
    recipe, document = planner.setup.recipe, planner.folder.name
    checkpoints = {(stage.method, stage.seed): stage for stage in planner.stages("checkpoint")}
    index, order = next(iter(planner.stages("index")), None), [*checkpoints, None]

    def trained(system: System) -> tuple[str, int] | None:
        return None if system.method == SEED else (system.method, recipe.seeds_of(system)[0])

    for system in sorted(recipe.replicas, key=lambda one: order.index(trained(one))):
        name = "-".join(filter(None, (document, system.name, suite)))
        about = {"system": system.name, **({"part": suite} if suite else {})}
        label = Label(document, name, f"{system.name}: {work}", about)
        used = index if system.retrieval else None
        checkpoint = checkpoints[key] if (key := trained(system)) else None
        yield label, planner.setup, planner.folder, system, checkpoint, used


def write_with_layout(results: Sequence[dict[str, Any]], write: Callable[[Path], None]) -> Callable[[Path], None]:
    """Writes an artefact, and lm-eval's own files beside it."""
    from harness.models.lm_eval_runs import write_lm_eval_layout

    def both(folder: Path) -> None:
        write(folder)
        for one in results:
            write_lm_eval_layout(one, folder / "lm_eval")

    return both
