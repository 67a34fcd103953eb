"""The recipe of a synthesis: everything it depends on but the document's own text, as YAML and command-line options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, field_validator

from alignment.chat.budget import Budget
from alignment.synthesis.types import Counts, Critic, Settings
from alignment.weights import MINILM
from harness.config import Part, checked, override, put, read_yaml
from harness.store import write_whole
from tasks.audit.report import Limits
from tasks.errors import InputError
from tasks.reading import Reader


class CountsPart(Part):
    """How much is asked for on a chunk; see `alignment.synthesis.types.Counts`."""

    words_per_question: int = Field(Counts.words_per_question, ge=1)
    most_questions: int = Field(Counts.most_questions, ge=1)
    words_per_pair: int = Field(Counts.words_per_pair, ge=1)
    most_pairs: int = Field(Counts.most_pairs, ge=1)


class BudgetPart(Part):
    """When to stop asking; see `alignment.chat.budget.Budget`. Prices are for a million tokens."""

    requests: int | None = Field(Budget.requests, ge=0, description="most calls, retries included")
    tokens: int | None = Field(Budget.tokens, ge=0, description="most tokens, prompts and answers")
    money: float | None = Field(Budget.money, ge=0, description="most money; wants the prices")
    prompt_price: float = Field(Budget.prompt_price, ge=0)
    completion_price: float = Field(Budget.completion_price, ge=0)


class SynthesisRecipe(Part):
    """What `valign synthesise` reads with `--recipe`. Relative paths start from the current folder."""

    document: list[str] = Field(min_length=1, description="a file, a folder, or several as one document")
    reader: Reader = Field("valign", description="what reads PDFs; docling is an extra")
    teacher: str = Field(description="openai:MODEL@http://HOST:PORT/v1, lm-eval:hf,pretrained=MODEL, or extractive")
    prompts: dict[str, str] = Field({}, description="by name: a Jinja file in place of the shipped one, or its text")
    seed: int = Field(Settings.seed, description="chooses what is held out")
    held_out_sections: float = Field(
        Settings.held_out_sections, ge=0, le=0.9, description="share of sections held out whole"
    )
    held_out_share: float = Field(
        Settings.held_out_share, ge=0, le=0.9, description="share held out of the other sections"
    )
    fewest_words: int = Field(Settings.fewest_words, ge=1, description="a chunk with fewer is passed over")
    grounding: float = Field(Settings.grounding, ge=-1, le=1, description="least cosine of an answer and its chunk")
    counts: CountsPart = CountsPart()
    prompt_words: tuple[int, int] = Field(Settings.prompt_words, description="fewest and most words of a prompt")
    limits: Limits = Field(Settings.limits, description="the bounds of answers and of items beside each other")
    critics: tuple[Critic, ...] = Field(Settings.critics, description="which critics are asked")
    temperature: float = Field(Settings.temperature, ge=0, description="at which the teacher writes")
    concurrency: int = Field(16, ge=1, description="requests in flight")
    timeout: float = Field(120.0, ge=0.1, description="seconds that one call may take")
    budget: BudgetPart = BudgetPart()
    embedder: str = Field(MINILM, description="for grounding and for paraphrases")

    @field_validator("document", mode="before")
    @classmethod
    def _one_path(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    def settings(self) -> Settings:
        """What belongs to the fingerprint of the synthesis."""
        own = {field.name: getattr(self, field.name) for field in fields(Settings)}
        return Settings(**{**own, "counts": Counts(**self.counts.model_dump())})

    def write(self, path: Path, prompts: Mapping[str, str]) -> None:
        """Write the recipe as YAML that can be carried out again; replaced prompts by their text, not their path."""
        texts = {name: prompts[name] for name in self.prompts}
        data = self.model_copy(update={"prompts": texts}).model_dump(mode="json")
        write_whole(path, yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def load_synthesis(path: Path | None, overrides: Sequence[str], options: Mapping[str, Any]) -> SynthesisRecipe:
    """Read and check a recipe of a synthesis.

    Args:
        path: the file; None where the options say it all.
        overrides: `a.b=value`, the value being YAML; they go before the file.
        options: values by key, as `budget.requests`; they go before both. None means not given.

    Raises:
        InputError: no such file, broken YAML, an unknown key (with the nearest known one), a wrong or missing value.
    """
    data = read_yaml(path, "recipe") if path else {}
    for change in overrides:
        override(data, change)
    for key, value in options.items():
        if value is not None:
            put(data, key, value, key)
    for key, how in (("document", "name a file or a folder"), ("teacher", "give --teacher extractive, or a model's")):
        if key not in data:
            raise InputError(f"{path or 'synthesis'}: no {key}; {how}, or a recipe with '{key}:'")
    return checked(SynthesisRecipe, data, str(path or "synthesis"))
