"""The recipe: all settings of a run, as YAML that is checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from harness.recipe.statistics import Primary, Statistics
from harness.recipe.yaml_files import Part, checked, override, parse_setting, read_yaml

SEED = "seed"
#: Reference rows of every table, which comparisons may name: answers that are copied, made by no model.
ORACLE, NEAREST_TRAINING = "oracle-sentence", "nearest-training-answer"
REFERENCE_ROWS = (ORACLE, NEAREST_TRAINING)


class SeedModel(Part):
    """The model before alignment."""

    model: str = Field(
        description="a name that `valign models` lists, hub id, folder, GGUF file, or package:<import name>/<folder>"
    )
    label: str = "seed"
    stand_in: bool = Field(False, description="its absolute figures mean nothing; every output says so")


class Hardware(Part):
    """The device. These settings change the last digits of figures, so they belong to the recipe."""

    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto is bfloat16 where the hardware multiplies it, else float32"
    )
    threads: int | None = Field(None, ge=1, description="CPU threads; null leaves torch's default")


class Training(Part):
    """One method's training: TRL's settings under TRL's names, peft's `LoraConfig` under `lora`."""

    method: str | None = Field(None, description="the method, where it is not the key: two trainings of one method")
    seed: int | None = Field(None, description="of this training; null is the recipe's")
    seeds: list[int] = Field(
        [], description="train once with each: a row is the mean, and its interval holds what the trainings differ by"
    )
    settings: dict[str, Any] = Field({})
    lora: dict[str, Any] | None = None
    starts_from: str | None = Field(None, description="another checkpoint of the recipe than the method's own choice")

    @model_validator(mode="after")
    def _one_or_several(self) -> Training:
        if self.seeds and self.seed is not None:
            raise ValueError("'seed' and 'seeds' are both given; keep one of them")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} names a seed twice")
        return self


class Backend(Part):
    """The lm-eval model class that answers, and its arguments."""

    name: str = "hf"
    batch_size: int = Field(32, ge=1)
    arguments: dict[str, Any] = Field({})


class Generation(Part):
    """lm-eval's generation arguments; greedy by default."""

    max_gen_toks: int = Field(192, ge=1)
    do_sample: bool = False
    temperature: float = Field(0.0, ge=0.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _check_temperature(self) -> Generation:
        if self.do_sample and self.temperature == 0.0:
            raise ValueError("do_sample: expected a temperature above 0")
        return self


class Retrieval(Part):
    """How passages are retrieved and inserted into the prompt."""

    embedder: str
    top_k: int = Field(3, ge=1, description="passages in a prompt")
    chunk_tokens: int = Field(
        320, ge=32, description="most tokens of a passage, neighbouring paragraphs of a section below its title"
    )
    ranking: Literal["fused", "dense", "bm25"] = Field(
        "fused", description="by embedding (dense), by words (bm25), or by both with reciprocal rank fusion"
    )
    prompts: dict[str, str] | None = Field(
        None, description="what the embedder reads before a question and before a passage; null is the model's own"
    )
    reranker: str | None = Field(None, description="a sentence-transformers cross-encoder that sorts the best passages")
    rerank: int = Field(20, ge=1, description="passages that the reranker sorts")
    prompt: str | None = Field(None, description="a Jinja file with `passages` and `question`; null is the shipped one")

    @model_validator(mode="after")
    def _check_prompts(self) -> Retrieval:
        if unknown := sorted(set(self.prompts or ()) - {"query", "document"}):
            raise ValueError(f"prompts: unknown key {unknown[0]!r}; expected query and document")
        return self


class System(Part):
    """A system, one row of the results table."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")
    method: str = Field(description="a training of `methods`, a method's name, or 'seed'")
    retrieval: bool = False
    seeds: list[int] = Field([], description="one of the training's seeds, where not all of them answer")


class MetricChoice(Part):
    """A metric by name, with its settings."""

    name: str
    settings: dict[str, Any] = Field({})


class JudgeChoice(Part):
    """A judge by name, with its settings and the systems it compares."""

    name: str
    settings: dict[str, Any] = Field({})
    label: str | None = Field(
        None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", description="what tables call it; null is its name"
    )
    against: str | None = Field(None, description="the system that the others are compared with; null is all pairs")
    canaries: int = Field(8, ge=0, description="items of each pair of systems on which canaries are judged too")

    @property
    def key(self) -> str:
        """The judge's name in this run."""
        return self.label or self.name


class Safety(Part):
    """Safety tasks on every system; see `tasks.safety.suite`."""

    suite: str = Field("core", description="core, paper, full, or suites by name with commas between them")
    limit: int | None = Field(None, ge=1, description="about so many items of each task, every kind and area alike")
    max_gen_toks: int = Field(128, ge=1)
    data_dir: str | None = Field(None, description="a folder with local copies of public suites")
    judge: str | None = Field(None, description="a chat model that classes answers: openai:MODEL@URL or lm-eval:…")
    judge_prompt: str | None = Field(None, description="a Jinja file with `request` and `answer`")


class Recipe(Part):
    """All settings of a run."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = 0
    documents: list[str] = Field(min_length=1, description="registered names or data folders")
    limit: int | None = Field(
        None, ge=1, description="about so many items of every held-out set, over all sections and kinds"
    )
    seed_model: SeedModel
    hardware: Hardware = Hardware()
    methods: dict[str, Training] = Field({})
    systems: list[System] = Field(min_length=1)
    backend: Backend = Backend()
    generation: Generation = Generation()
    retrieval: Retrieval | None = None
    metrics: list[MetricChoice] = Field(min_length=1)
    judges: list[JudgeChoice] = Field([])
    comparisons: list[tuple[str, str]] = Field(
        [], description="pairs of systems, or of a system and a reference row, whose difference is tested"
    )
    primary: Primary = Primary()
    statistics: Statistics = Statistics()
    safety: Safety | None = None
    stages: list[str] = Field([], description="kinds of stages from other packages to make too")
    trackers: list[str] = Field(
        [], description="what training is logged to as well: tensorboard, mlflow, wandb, trackio; changes no result"
    )

    def training(self, name: str) -> Training:
        """The training that `methods` describes under a name; one with TRL's defaults where it has none."""
        return self.methods.get(name, Training())

    def method_of(self, name: str) -> str:
        """The method of a training: its own name where the recipe names no other."""
        return self.training(name).method or name

    def seeds_of(self, system: System) -> list[int]:
        """The training seeds of a system: all of its training's, unless it names one; none of the seed model."""
        if system.method == SEED:
            return []
        training = self.training(system.method)
        return system.seeds or training.seeds or [self.seed if training.seed is None else training.seed]

    def replicas_of(self, system: System) -> list[System]:
        """A system with one training seed each: `sft@0`, `sft@1`, …; itself where it has one seed or none."""
        seeds = self.seeds_of(system)
        if len(seeds) < 2:
            return [system]
        return [system.model_copy(update={"name": f"{system.name}@{seed}", "seeds": [seed]}) for seed in seeds]

    @property
    def replicas(self) -> list[System]:
        """The replicas of all systems: what is trained, asked and judged."""
        return [replica for system in self.systems for replica in self.replicas_of(system)]

    @model_validator(mode="before")
    @classmethod
    def _document_as_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and "document" in data:
            if "documents" in data:
                raise ValueError("'document' and 'documents' mean the same; keep one of them")
            data = {**data, "documents": [data["document"]]}
            del data["document"]
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        names = [system.name for system in self.systems]
        parts: dict[str, list[str]] = {
            "document": self.documents,
            "system": names,
            "metric": [metric.name for metric in self.metrics],
            "judge": [judge.key for judge in self.judges],
        }
        for part, keys in parts.items():
            if repeated := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{part} {repeated[0]!r} is named twice")
        for system in self.systems:
            if system.retrieval and self.retrieval is None:
                raise ValueError(f"system {system.name!r} uses retrieval; add a 'retrieval:' block")
        if taken := [name for name in names if name in REFERENCE_ROWS]:
            raise ValueError(f"system {taken[0]!r}: a reference row of every table has that name; choose another")
        for name in (name for pair in self.comparisons for name in pair):
            if name not in (*names, *REFERENCE_ROWS):
                raise ValueError(
                    f"comparisons: no system is named {name!r}; there are {', '.join((*names, *REFERENCE_ROWS))}"
                )
        for judge in self.judges:
            if judge.against is not None and judge.against not in names:
                raise ValueError(f"judge {judge.key}: no system is named {judge.against!r}; known: {', '.join(names)}")
        for better, worse in self.comparisons:
            if better == worse:
                raise ValueError(f"comparisons: [{better}, {worse}] compares a system with itself; name two systems")
        for pair in self.primary.comparisons:
            if pair not in self.comparisons:
                raise ValueError(f"primary: [{', '.join(pair)}] is not among the recipe's comparisons; add it there")
        return self

    @model_validator(mode="after")
    def _consistent_seeds(self) -> Recipe:
        several = {name: training.seeds for name, training in self.methods.items() if len(training.seeds) > 1}
        for name, seeds in several.items():
            first, expected = next(iter(several.items()))
            if seeds != expected:
                raise ValueError(f"methods: {name} has seeds {seeds} and {first} {expected}; expected the same, or one")
        for system in self.systems:
            known = self.seeds_of(system.model_copy(update={"seeds": []}))
            if system.seeds and system.seeds != known and not (len(system.seeds) == 1 and system.seeds[0] in known):
                raise ValueError(f"system {system.name!r}: seeds: expected one of {known}, not {system.seeds}")
        return self


def load_recipe(path: Path, overrides: list[str] | None = None) -> Recipe:
    """Read and check a recipe; `overrides` are `a.b=value` with YAML values.

    Raises:
        InputError: no such file, broken YAML, an unknown key (with the nearest known one), a wrong value.
    """
    data = read_yaml(path, "recipe")
    for change in overrides or []:
        if other := {"document": "documents", "documents": "document"}.get(parse_setting(change)[0]):
            data.pop(other, None)
        override(data, change)
    return parse_recipe(data, str(path))


def parse_recipe(data: dict[str, Any], where: str) -> Recipe:
    """Check a recipe's data; `where` names it in errors."""
    return checked(Recipe, data, where)
