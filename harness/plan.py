"""From a recipe to the artefacts it needs, each with its fingerprint, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.method import Method
from alignment.weights import locate
from baselines.retrieval_prompt import read_template
from harness import __version__
from harness.fingerprint import ANSWERING, TRAINING, of_file, of_model, versions
from harness.methods import find_method
from harness.pairs import verdict_artefacts
from harness.recipe import SEED, Recipe, System, Training
from harness.safety.inputs import part_inputs
from harness.safety.labels import build_classifier, label_inputs
from harness.safety.suites import parts_of
from harness.scoring import score_artefact
from harness.store import Artefact
from tasks.errors import InputError
from tasks.folder import DataFolder, find


@dataclass(frozen=True)
class Step:
    """One artefact to make, what it is about, and the steps it reads."""

    artefact: Artefact
    title: str
    document: DataFolder
    detail: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def kind(self) -> str:
        """The artefact's kind: checkpoint, index, answers, likelihoods, scores, verdicts, responses or labels."""
        return self.artefact.kind


@dataclass(frozen=True)
class DocumentPlan:
    """All steps of one document, in an order in which they can be made."""

    document: DataFolder
    checkpoints: dict[str, Step]
    index: Step | None
    answers: dict[str, Step]
    likelihoods: dict[str, Step]
    scores: dict[tuple[str, str], Step]
    verdicts: dict[tuple[str, str, str], Step]
    responses: dict[tuple[str, str], Step] = field(default_factory=dict)
    labels: dict[tuple[str, str], Step] = field(default_factory=dict)

    def steps(self) -> list[Step]:
        """Every step, what a step reads before the step."""
        first = [*self.checkpoints.values(), *([self.index] if self.index else [])]
        by_system = [
            step
            for name in self.answers
            for step in (self.answers[name], self.likelihoods.get(name), *self._of_system(self.responses, name))
            if step
        ]
        return [*first, *by_system, *self.scores.values(), *self.verdicts.values(), *self.labels.values()]

    def _of_system(self, steps: dict[tuple[str, str], Step], name: str) -> list[Step]:
        return [step for (system, _), step in steps.items() if system == name]


class Planner:
    """Makes the plan of a recipe; reads files for their fingerprints and computes nothing else."""

    def __init__(self, recipe: Recipe) -> None:
        """Check what the recipe names.

        Raises:
            InputError: an unknown document, method, metric or judge, or a model or file that is not there.
        """
        self.recipe = recipe
        self.device = resolve_device(recipe.hardware.device)
        self.seed_model = locate(recipe.seed_model.model)
        self.seed_fingerprint = of_model(self.seed_model)
        self.hardware = {**recipe.hardware.model_dump(), "device": self.device}
        for name in recipe.methods:
            find_method(name)
        self.template = read_template(recipe.retrieval.prompt) if recipe.retrieval else None
        self.embedder = locate(recipe.retrieval.embedder) if recipe.retrieval else None
        safety = recipe.safety
        self.safety_parts = parts_of(safety.suite.split(",")) if safety else []
        self.safety_inputs = {part.name: part_inputs(part, safety) for part in self.safety_parts if safety}
        self.classifier = build_classifier(safety) if safety else None
        self.label_inputs = label_inputs(self.classifier) if self.classifier else {}

    def plan(self) -> list[DocumentPlan]:
        """The plan of every document, in the recipe's order."""
        return [self._document(find(name)) for name in self.recipe.documents]

    def _document(self, document: DataFolder) -> DocumentPlan:
        checkpoints: dict[str, Step] = {}
        for system in self.recipe.systems:
            self._checkpoint(document, system.method, checkpoints, ())
        index = self.index_step(document) if any(system.retrieval for system in self.recipe.systems) else None
        prefers = any(step.detail["method"].reads == "preferences" for step in checkpoints.values())
        weighs = prefers or document.has_held_out_preferences
        answers, likelihoods = {}, {}
        for system in sorted(self.recipe.systems, key=lambda s: [*checkpoints, SEED].index(s.method)):
            answers[system.name] = self._answers(document, system, checkpoints, index)
            if weighs:
                likelihoods[system.name] = self._likelihoods(document, system, checkpoints, index)
        names = [system.name for system in self.recipe.systems]
        responses, labels = self._safety(document, checkpoints, index)
        return DocumentPlan(
            document, checkpoints, index, answers, likelihoods,
            scores=self._scores(document, {name: answers[name] for name in names}),
            verdicts=self._verdicts(document, {name: answers[name] for name in names}),
            responses=responses, labels=labels,
        )  # fmt: skip

    def _checkpoint(self, document: DataFolder, name: str, made: dict[str, Step], above: tuple[str, ...]) -> None:
        if name == SEED or name in made:
            return
        if name in above:
            raise InputError(f"methods: {' -> '.join([*above, name])} starts from itself; change one 'starts_from'")
        method = find_method(name)
        training = self.recipe.methods.get(name, Training())
        parent = training.starts_from or method.starts_from
        self._checkpoint(document, parent, made, (*above, name))
        source = training_file(document, method)
        inputs = {
            "valign": __version__,
            "method": name,
            "starts_from": made[parent].artefact.id if parent != SEED else self.seed_fingerprint,
            "data": of_file(source),
            "settings": training.settings,
            "lora": training.lora,
            "seed": self.recipe.seed,
            "hardware": self.hardware,
            "chunks": self.chunking if method.reads == "document" else None,
            "versions": versions(TRAINING),
        }
        detail = {"method": method, "training": training, "parent": made.get(parent), "source": source}
        artefact = Artefact("checkpoint", f"{document.name}-{name}", inputs)
        made[name] = Step(artefact, f"train {method.label}", document, detail)

    @property
    def chunk_tokens(self) -> int:
        """Most tokens of a chunk."""
        return self.recipe.retrieval.chunk_tokens if self.recipe.retrieval else 256

    @property
    def chunking(self) -> dict[str, Any]:
        """What the cutting into chunks depends on: the bound, and the embedder whose tokens it counts (else words)."""
        return {"tokens": self.chunk_tokens, "embedder": of_model(self.embedder) if self.embedder else None}

    def index_step(self, document: DataFolder) -> Step:
        """The step that makes the document's index."""
        inputs = {
            "valign": __version__,
            "document": of_file(document.path / "document.md"),
            "chunks": self.chunking,
            "hardware": self.hardware,
            "versions": versions(ANSWERING),
        }
        return Step(Artefact("index", document.name, inputs), "index the document", document)

    def _reading(self, system: System, checkpoints: dict[str, Step], index: Step | None) -> dict[str, Any]:
        retrieval = None
        if system.retrieval and index and self.recipe.retrieval:
            retrieval = {"index": index.artefact.id, "top_k": self.recipe.retrieval.top_k, "prompt": self.template}
        return {
            "valign": __version__,
            "model": checkpoints[system.method].artefact.id if system.method != SEED else self.seed_fingerprint,
            "retrieval": retrieval,
            "backend": self.recipe.backend.model_dump(),
            "hardware": self.hardware,
            "limit": self.recipe.limit,
            "seed": self.recipe.seed,
            "versions": versions(ANSWERING),
        }

    def _answers(self, document: DataFolder, system: System, made: dict[str, Step], index: Step | None) -> Step:
        inputs = self._reading(system, made, index)
        inputs["prompts"] = of_file(document.path / "heldout.jsonl")
        inputs["generation"] = self.recipe.generation.model_dump()
        detail = {"system": system, "checkpoint": made.get(system.method)}
        artefact = Artefact("answers", f"{document.name}-{system.name}", inputs)
        return Step(artefact, f"{system.name}: answer", document, detail)

    def _likelihoods(self, document: DataFolder, system: System, made: dict[str, Step], index: Step | None) -> Step:
        inputs = self._reading(system, made, index)
        inputs["pairs"] = of_file(document.path / "heldout_preference.jsonl")
        detail = {"system": system, "checkpoint": made.get(system.method)}
        artefact = Artefact("likelihoods", f"{document.name}-{system.name}", inputs)
        return Step(artefact, f"{system.name}: weigh preference pairs", document, detail)

    def _scores(self, document: DataFolder, answers: dict[str, Step]) -> dict[tuple[str, str], Step]:
        steps = {}
        for metric in self.recipe.metrics:
            for name, step in answers.items():
                artefact = score_artefact(document.name, name, step.artefact.id, metric)
                detail = {"metric": metric, "answers": step}
                steps[name, metric.name] = Step(artefact, f"{name}: {metric.name}", document, detail)
        return steps

    def _verdicts(self, document: DataFolder, answers: dict[str, Step]) -> dict[tuple[str, str, str], Step]:
        steps = {}
        ids = {name: step.artefact.id for name, step in answers.items()}
        for judge in self.recipe.judges:
            for (first, second), artefact in verdict_artefacts(document.name, ids, judge).items():
                detail = {"judge": judge, "first": answers[first], "second": answers[second]}
                steps[judge.key, first, second] = Step(
                    artefact, f"{judge.key}: {first} against {second}", document, detail
                )
        return steps

    def _safety(
        self, document: DataFolder, made: dict[str, Step], index: Step | None
    ) -> tuple[dict[tuple[str, str], Step], dict[tuple[str, str], Step]]:
        """The steps that answer the safety tasks and class the answers, by system and part, a checkpoint at a time."""
        responses: dict[tuple[str, str], Step] = {}
        labels: dict[tuple[str, str], Step] = {}
        for system in sorted(self.recipe.systems, key=lambda s: [*made, SEED].index(s.method)):
            for part in self.safety_parts:
                about = f"{document.name}-{system.name}-{part.name}"
                inputs = {**self._reading(system, made, index), "safety": self.safety_inputs[part.name]}
                detail = {"system": system, "checkpoint": made.get(system.method), "part": part}
                answered = Step(
                    Artefact("responses", about, inputs), f"{system.name}: {part.title} safety", document, detail
                )
                responses[system.name, part.name] = answered
                read = {"valign": __version__, "responses": answered.artefact.id, "labels": self.label_inputs}
                labels[system.name, part.name] = Step(
                    Artefact("labels", about, read), f"{system.name}: class {part.title} answers", document,
                    {"responses": answered, "part": part},
                )  # fmt: skip
        return responses, labels


def training_file(document: DataFolder, method: Method) -> Path:
    """The file of `document` that `method` reads.

    Raises:
        InputError: it is not there.
    """
    names = {"document": "document.md", "instructions": "sft.jsonl", "preferences": "preference.jsonl"}
    file = document.path / names[method.reads]
    if not file.is_file():
        raise InputError(f"{file}: no such file; method {method.name!r} reads the {method.reads} of {document.name!r}")
    return file


def resolve_device(device: str) -> str:
    """`auto` is cuda where a GPU can be used, else cpu; looked up without importing torch where none can be there."""
    if device != "auto":
        return device
    if not (Path("/dev/nvidiactl").exists() or Path("/proc/driver/nvidia").exists()):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
