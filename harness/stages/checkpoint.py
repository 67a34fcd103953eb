"""The checkpoint stage: a method trains a model on a document's data."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from alignment.method import Method, Tracking, TrainingJob
from alignment.rows import training_rows
from baselines.prompting import PromptMethod
from baselines.registry import METHODS
from harness.recipe import SEED, Recipe
from harness.recipe.recipe import System, Training
from harness.stages.base import Artefact, DocumentPlanner, Label, Stage, Workspace, Write
from harness.stages.machine import CHARACTERS_PER_TOKEN, Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from valign.errors import InputError
from valign.fingerprint import of_file, versions
from valign.models.locate import check_model

_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "semantic-text-splitter")
#: Floating-point operations a parameter and token: forward and backward, with a frozen reference for preferences.
_PASSES = {"preferences": 10}
_EPOCHS = 3.0


@dataclass(frozen=True, eq=False)
class Checkpoint(Stage):
    """A method's checkpoint on one document, from the seed model (parent None) or from another checkpoint.

    seed: of this training. One with several starts from its parent's checkpoint of the same seed.
    """

    setup: Setup
    folder: DataFolder
    method: str
    parent: Checkpoint | None
    seed: int

    kind = "checkpoint"

    @classmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """The checkpoints of the recipe's systems and those that they start from, parents first."""
        planned: dict[tuple[str, int], Checkpoint] = {}
        for system in planner.setup.recipe.replicas:
            for seed in planner.setup.recipe.seeds_of(system):
                cls._with_parents(planner, system.method, seed, planned, ())
        return list(planned.values())

    @classmethod
    def _with_parents(
        cls, planner: DocumentPlanner, name: str, seed: int, planned: dict[tuple[str, int], Checkpoint],
        above: tuple[str, ...],
    ) -> Checkpoint | None:  # fmt: skip
        if name == SEED or (name, seed) in planned:
            return planned.get((name, seed))
        if name in above:
            raise InputError(f"methods: {' -> '.join([*above, name])} starts from itself; change one 'starts_from'")
        recipe = planner.setup.recipe
        start = parent_of(recipe, name)
        if above and prompting(recipe, name):
            raise InputError(f"methods: {above[-1]} starts from {name}, which trains nothing; name another checkpoint")
        parent = cls._with_parents(planner, start, parent_seed(recipe, name, seed, start), planned, (*above, name))
        if prompting(recipe, name):
            return parent
        document, title = planner.folder.name, f"train {training_label(recipe, name)}"
        name_of_seed, about = f"{document}-{name}", {"method": name}
        if len(recipe.training(name).seeds) > 1:
            name_of_seed, title, about = f"{name_of_seed}@{seed}", f"{title}, seed {seed}", {**about, "seed": str(seed)}
        label = Label(document, name_of_seed, title, about)
        planned[name, seed] = cls(label, planner.setup, planner.folder, name, parent, seed)
        return planned[name, seed]

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The checkpoint that training starts from."""
        return (self.parent,) if self.parent else ()

    @property
    def implementation(self) -> Method:
        """The method itself."""
        found = METHODS.find(self.setup.recipe.method_of(self.method))
        assert isinstance(found, Method)  # as planned
        return found

    @property
    def training(self) -> Training:
        """The recipe's settings of the method."""
        return self.setup.recipe.training(self.method)

    def inputs(self) -> dict[str, Any]:
        """Start, data, settings, seed and hardware."""
        return {
            "method": self.implementation.name,
            "starts_from": self.parent.id if self.parent else self.setup.seed_fingerprint,
            "data": of_file(training_file(self.folder, self.implementation)),
            "settings": self.training.settings,
            "lora": self.training.lora,
            "seed": self.seed,
            "hardware": {**self.setup.hardware, "dtype": self.setup.weights_dtype, "bf16": self.setup.bf16},
            "chunks": "running text" if self.implementation.reads == "document" else None,
            "versions": versions(_LIBRARIES) | METHODS.version(self.implementation.name),
        }

    def check(self) -> None:
        """The seed model and its chat template, the data, and every training setting."""
        from alignment.training import check

        check_chat_model(self.setup)
        training_rows(self.folder, self.implementation)
        check(self.implementation, self.job(self.setup.seed_model, [], Path()))

    def seconds(self, machine: Machine) -> float:
        """From the characters of the training rows, and the number of epochs or steps."""
        rows = training_rows(self.folder, self.implementation)
        settings, tokens = self.training.settings, len(json.dumps(rows)) / CHARACTERS_PER_TOKEN
        epochs = float(settings.get("num_train_epochs", _EPOCHS))
        if (steps := int(settings.get("max_steps", -1))) > 0:
            batch = settings.get("per_device_train_batch_size", 8) * settings.get("gradient_accumulation_steps", 1)
            packed = {**settings, **self.implementation.fixed}.get("packing")
            row_tokens = settings.get("max_length", 1024) if packed else tokens / len(rows)
            epochs = steps * batch * row_tokens / tokens
        return machine.training(tokens * epochs, _PASSES.get(self.implementation.reads, 6))

    @classmethod
    def make(cls, stages: Sequence[Checkpoint], work: Workspace) -> Iterator[tuple[Checkpoint, Write]]:
        """Train; the model that answers is dropped first, and the trainer's memory given back."""
        for stage in stages:
            work.drop("model")
            yield stage, partial(stage._train, work)
            gc.collect()  # a trainer and its optimiser hold each other

    def _train(self, work: Workspace, folder: Path) -> None:
        start = str(work.path(self.parent)) if self.parent else self.setup.seed_model
        rows = training_rows(self.folder, self.implementation)
        self.implementation.train(self.job(start, rows, folder, work.replies.parent / "tracking" / self.name))

    def job(self, model: str, rows: list[dict[str, Any]], out: Path, logs: Path = Path()) -> TrainingJob:
        """What the method is given. logs: where trackers write; trackers are no input, since they change no result."""
        trackers = tuple(self.setup.recipe.trackers)
        return TrainingJob(
            model=model,
            rows=rows,
            out=out,
            seed=self.seed,
            device=self.setup.device,
            dtype=self.setup.weights_dtype,
            bf16=self.setup.bf16,
            settings=self.training.settings,
            lora=self.training.lora,
            tracking=Tracking(trackers, self.setup.recipe.name, self.name, logs) if trackers else None,
        )


def parent_seed(recipe: Recipe, name: str, seed: int, parent: str) -> int:
    """The seed of the checkpoint that a training starts from: the same one, or the only one that it has.

    Raises:
        InputError: it has several others.
    """
    seeds = recipe.seeds_of(System(name="parent", method=parent)) or [seed]
    if seed in seeds:
        return seed
    if len(seeds) > 1:
        raise InputError(f"methods: {name} with seed {seed} starts from {parent}, which has only seeds {seeds}")
    return seeds[0]


def training_label(recipe: Recipe, name: str) -> str:
    """How tables call a training: the method's label, with the name where the recipe trains a method several times."""
    label = METHODS.find(recipe.method_of(name)).label
    return label if recipe.method_of(name) == name else f"{label} ({name})"


def parent_of(recipe: Recipe, name: str) -> str:
    """What a training starts from, or what a prompting method prompts: another checkpoint of the recipe, or `seed`."""
    return recipe.training(name).starts_from or METHODS.find(recipe.method_of(name)).starts_from


def prompting(recipe: Recipe, name: str) -> PromptMethod | None:
    """The method of a system where it trains nothing; None where it trains, and for the seed model."""
    found = None if name == SEED else METHODS.find(recipe.method_of(name))
    return found if isinstance(found, PromptMethod) else None


def training_file(folder: DataFolder, method: Method | PromptMethod) -> Path:
    """The file of a data folder that a method reads.

    Raises:
        InputError: it is not there.
    """
    names = {"document": "document.md", "instructions": "sft.jsonl", "preferences": "preference.jsonl"}
    file = folder.path / names[method.reads]
    if not file.is_file():
        raise InputError(f"{file}: no such file; method {method.name!r} reads the {method.reads} of {folder.name!r}")
    return file


def check_chat_model(setup: Setup) -> None:
    """Check that the seed model is there, has a chat template, and has room for a prompt before the longest answer.

    Raises:
        InputError: one of these is not so.
    """
    _check_chat_model(setup.seed_model, setup.recipe.generation.max_gen_toks)


def check_room(setup: Setup, text: str, what: str, hint: str) -> None:
    """Check that a text that stands in every prompt fits into the seed model's context, before the longest answer.

    what: names the text in the error; hint: ends it.

    Raises:
        InputError: it does not fit.
    """
    from transformers import AutoConfig, AutoTokenizer

    room = getattr(AutoConfig.from_pretrained(setup.seed_model), "max_position_embeddings", None)
    tokens = len(AutoTokenizer.from_pretrained(setup.seed_model)(text, verbose=False)["input_ids"])
    left = None if room is None else room - setup.recipe.generation.max_gen_toks
    if left is not None and tokens >= left:
        raise InputError(
            f"{what} has {tokens:,} tokens, and before the longest answer there is room for {left:,}{hint}"
        )


@cache
def _check_chat_model(model: str, longest: int) -> None:
    from transformers import AutoConfig, AutoTokenizer

    check_model(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise InputError(f"model {model!r}: its tokenizer cannot be loaded: {str(error).splitlines()[0]}") from error
    if tokenizer.chat_template is None:
        raise InputError(f"model {model!r}: its tokenizer has no chat template; expected a chat model")
    room = getattr(AutoConfig.from_pretrained(model), "max_position_embeddings", None)
    if room is not None and longest >= room:
        raise InputError(f"generation.max_gen_toks: {longest} leave no room for a prompt in the {room} of {model!r}")


STAGE = Checkpoint
