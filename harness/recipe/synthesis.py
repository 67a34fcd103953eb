"""The recipe of a synthesis: all its settings, as YAML and command-line options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, field_validator

from alignment.synthesis.types import Counts, Critic, Settings
from harness.recipe.yaml_files import Part, checked, override, put, read_yaml
from tasks.data.audit.report import Limits
from tasks.documents.read import Reader
from valign.chat.budget import Budget
from valign.errors import InputError
from valign.files import write_atomic
from valign.models.locate import MINILM


class CountsPart(Part):
    """How many items are generated per chunk; see `alignment.synthesis.types.Counts`."""

    words_per_question: int = Field(Counts.words_per_question, ge=1)
    most_questions: int = Field(Counts.most_questions, ge=1)
    words_per_pair: int = Field(Counts.words_per_pair, ge=1)
    most_pairs: int = Field(Counts.most_pairs, ge=1)


class BudgetPart(Part):
    """Limits on calls, tokens and money; see `valign.chat.budget.Budget`. Prices are for a million tokens."""

    requests: int | None = Field(Budget.requests, ge=0, description="most calls, retries included")
    tokens: int | None = Field(Budget.tokens, ge=0, description="most tokens, prompts and answers")
    money: float | None = Field(Budget.money, ge=0, description="most money; needs the prices")
    prompt_price: float = Field(Budget.prompt_price, ge=0)
    completion_price: float = Field(Budget.completion_price, ge=0)


class SynthesisRecipe(Part):
    """The recipe of `valign synthesise --recipe`. Relative paths start from the current folder."""

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
    critics: tuple[Critic, ...] = Field(Settings.critics, description="which critics check drafts")
    temperature: float = Field(Settings.temperature, ge=0, description="at which the teacher writes")
    concurrency: int = Field(16, ge=1, description="requests in flight")
    timeout: float = Field(120.0, ge=0.1, description="seconds that one call may take")
    budget: BudgetPart = BudgetPart()
    embedder: str = Field(MINILM, description="for grounding and for paraphrases")

    @field_validator("document", mode="before")
    @classmethod
    def _path_as_list(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    def settings(self) -> Settings:
        """The settings in the fingerprint of the synthesis."""
        own = {field.name: getattr(self, field.name) for field in fields(Settings)}
        return Settings(**{**own, "counts": Counts(**self.counts.model_dump())})

    def write(self, path: Path, prompts: Mapping[str, str]) -> None:
        """Write the recipe as YAML that can be run again, with the text of custom prompts in place of their paths."""
        texts = {name: prompts[name] for name in self.prompts}
        data = self.model_copy(update={"prompts": texts}).model_dump(mode="json")
        write_atomic(path, yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def load_synthesis(path: Path | None, overrides: Sequence[str], options: Mapping[str, Any]) -> SynthesisRecipe:
    """Read and check a recipe of a synthesis.

    Args:
        path: the file; None where options give everything.
        overrides: `a.b=value`, the value in YAML; they take precedence over the file.
        options: values by key, as `budget.requests`; they take precedence over both. None means not given.

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
