"""What stages that ask a system have in common: its model, loaded once for all of them, and what answers depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from baselines.prompting import PromptJob, PromptMethod
from baselines.registry import METHODS
from harness.models.backends import build_model, check_backend, is_served
from harness.recipe import SEED, Recipe
from harness.recipe.recipe import System
from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace
from harness.stages.checkpoint import (
    Checkpoint,
    check_chat_model,
    check_room,
    parent_of,
    parent_seed,
    prompting,
    training_file,
)
from harness.stages.index import Index
from harness.stages.machine import CHARACTERS_PER_TOKEN, Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from tasks.data.sampling import stratified
from tasks.data.types import HeldOut, Preference
from valign.errors import InputError, unknown
from valign.fingerprint import fingerprint, of_file, versions
from valign.models.locate import check_model

#: The packages whose version can change what a system answers.
_LIBRARIES = ("torch", "transformers", "lm_eval", "vllm", "faiss-cpu", "sentence-transformers")
#: Tokens of a prompt with its answer or options, without passages.
_PROMPT_TOKENS = 60


SystemParts = tuple[Label, Setup, DataFolder, System, Checkpoint | None, Index | None]


@dataclass(frozen=True, eq=False)
class SystemStage(Stage):
    """A stage that asks a system: a checkpoint (None is the seed model), with retrieval where it has an index.

    system: of one training seed, see `Recipe.replicas`. A system whose method changes the prompt and trains nothing
    asks the checkpoint that it prompts.
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
        """The model, retrieval, the prompting, the backend and its device; a stage adds what it asks."""
        recipe, retrieval = self.setup.recipe, None
        if self.index:
            retrieval = {"index": self.index.id, "top_k": self.setup.retrieval.top_k, "prompt": self.setup.template}
            retrieval |= self.setup.ranking
        return self._prompting_inputs() | {
            "model": self.checkpoint.id if self.checkpoint else self.setup.seed_fingerprint,
            "retrieval": retrieval,
            "backend": recipe.backend.model_dump(),
            "hardware": self.setup.hardware,
            "limit": recipe.limit,
            "seed": recipe.seed,
            "versions": versions(_LIBRARIES),
        }

    def check(self) -> None:
        """The backend is known, the model and the embedder are there, and prompts fit into the context.

        Raises:
            InputError: one of these is not so; or a prompting method has a setting that it does not know.
        """
        served = is_served(self.setup.recipe.backend)
        check_backend(self.setup.recipe.backend)
        if not served:
            check_chat_model(self.setup)
        if self.setup.embedder:
            check_model(self.setup.embedder)
        if self.prompting is None:
            return
        training = self.setup.recipe.training(self.system.method)
        if training.lora is not None or training.seed is not None:
            raise InputError(f"methods.{self.system.method}: {self.prompting.name} trains nothing; no lora, no seed")
        if not served:
            where = f"system {self.system.name!r}: what {self.prompting.name} puts into every prompt"
            hint = "" if self.index or not self.prompting.retrieves else "; give the system `retrieval: true`"
            check_room(self.setup, self.added, where, hint)

    def model(self, work: Workspace) -> Any:
        """The system as an lm-eval model, wrapped for retrieval and prompting; the loaded model is shared."""
        recipe = self.setup.recipe
        where = str(work.path(self.checkpoint)) if self.checkpoint else self.setup.seed_model
        loaded = work.shared(
            "model", where, lambda: build_model(recipe.backend, where, self.setup.device, self.setup.dtype)
        )
        index = self.index.opened(work) if self.index else None
        top_k = self.setup.retrieval.top_k if index else 0
        if index and not (self.prompting and self.prompting.retrieves):
            from baselines.retrieval.model import RetrievalLM

            loaded = RetrievalLM(loaded, index, top_k, self.setup.template or "")
        if self.prompting:
            from baselines.model import ConversationLM

            job = PromptJob(self.folder, self.prompting_settings, index, top_k)
            loaded = ConversationLM(loaded, self.prompting.change(job))
        return loaded

    @property
    def prompting(self) -> PromptMethod | None:
        """The system's method where it changes the prompt; None where it trains, and for the seed model."""
        return prompting(self.setup.recipe, self.system.method)

    @property
    def prompting_settings(self) -> dict[str, Any]:
        """All settings of the prompting method; empty where there is none."""
        given = self.setup.recipe.training(self.system.method).settings
        return self.prompting.settings(given) if self.prompting else {}

    @cached_property
    def added(self) -> str:
        """What a prompting method puts into every prompt, or a text as long."""
        if self.prompting is None:
            return ""
        return self.prompting.adds(self.folder, self.prompting_settings, self.index is not None)

    def _prompting_inputs(self) -> dict[str, Any]:
        """Empty for systems without a prompting method, whose fingerprints know nothing of such methods."""
        if self.prompting is None:
            return {}
        return {
            "prompting": {
                "method": self.prompting.name,
                "version": self.prompting.version,
                "settings": self.prompting_settings,
                "data": of_file(training_file(self.folder, self.prompting)),
                "added": fingerprint(self.added),
                "package": METHODS.version(self.prompting.name),
            }
        }

    def prompt_tokens(self, items: float) -> float:
        """Tokens of so many prompts, with their passages and what a prompting method adds."""
        passages = self.setup.retrieval.top_k * self.setup.retrieval.chunk_tokens if self.index else 0
        return items * (_PROMPT_TOKENS + passages + len(self.added) / CHARACTERS_PER_TOKEN)

    def limited(self, items: Sequence[HeldOut] | Sequence[Preference]) -> list[int] | None:
        """See the function of that name."""
        return limited(self.setup, items)

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
    asked = {system.name: _asked(recipe, system) for system in recipe.replicas}
    for system in sorted(recipe.replicas, key=lambda one: order.index(asked[one.name])):
        name = "-".join(filter(None, (document, system.name, suite)))
        about = {"system": system.name, **({"part": suite} if suite else {})}
        label = Label(document, name, f"{system.name}: {work}", about)
        used = index if system.retrieval else None
        checkpoint = checkpoints[key] if (key := asked[system.name]) else None
        yield label, planner.setup, planner.folder, system, checkpoint, used


def _asked(recipe: Recipe, system: System) -> tuple[str, int] | None:
    """The training and seed whose checkpoint answers, None for the seed model; a prompting method asks its parent's."""
    seed, method = next(iter(recipe.seeds_of(system)), recipe.seed), system.method
    if method != SEED and prompting(recipe, method):
        parent = parent_of(recipe, method)
        seed, method = parent_seed(recipe, method, seed, parent), parent
    return None if method == SEED else (method, seed)


def limited(setup: Setup, items: Sequence[HeldOut] | Sequence[Preference]) -> list[int] | None:
    """Positions of the items that the recipe's limit leaves, spread over sections and kinds; None without one.

    A contrast stays whole.
    """
    limit = setup.recipe.limit
    if limit is None:
        return None
    contrasts = [getattr(item, "contrast", None) or "" for item in items]
    return stratified([(item.section, item.kind) for item in items], contrasts, limit)


def chosen_items(setup: Setup, items: Sequence[HeldOut]) -> list[HeldOut]:
    """The held-out items that are asked, in the order of the file."""
    positions = limited(setup, items)
    return list(items) if positions is None else [items[at] for at in positions]


def write_with_layout(results: Sequence[dict[str, Any]], write: Callable[[Path], None]) -> Callable[[Path], None]:
    """Writes an artefact, and lm-eval's own files beside it."""
    from harness.models.lm_eval_runs import write_lm_eval_layout

    def both(folder: Path) -> None:
        write(folder)
        for one in results:
            write_lm_eval_layout(one, folder / "lm_eval")

    return both
