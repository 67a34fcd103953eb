"""Gate files: the margins by which figures must be better, or must not be worse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from harness.recipe.yaml_files import Part, checked, read_yaml


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


#: One name, or a list of them.
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class Rule(Part):
    """A requirement on the candidate, for every task, metric and system that it names."""

    task: Names = Field((), description="a document, or a task of lm-eval; every task that has the metric where absent")
    metric: Names = Field(
        min_length=1,
        description="columns: bleu, rougeL, win_rate[JUDGE], preference_accuracy, acc (of every filter)",
    )
    system: Names = Field((), description="the candidate's systems; every one that both runs have where absent")
    against: str | None = Field(None, description="main's system; the one of the same name where absent")
    better_by: float | None = Field(None, ge=0, description="must be better by more than this, in the metric's units")
    not_worse_by: float | None = Field(None, ge=0, description="must not be worse by this: a non-inferiority margin")
    lower_is_better: bool = False

    @model_validator(mode="after")
    def _check_margin(self) -> Rule:
        if (self.better_by is None) == (self.not_worse_by is None):
            raise ValueError("say either better_by or not_worse_by, in the metric's units")
        return self

    @property
    def bound(self) -> float:
        """The bound that the improvement must exceed."""
        return self.better_by if self.better_by is not None else -(self.not_worse_by or 0.0)

    def __str__(self) -> str:
        """The requirement in words."""
        if self.better_by is not None:
            return f"better by {self.better_by:g}"
        return f"not worse by {self.not_worse_by:g}"


class Gate(Part):
    """A gate file: its rules, and how their tests are made."""

    name: str = "gate"
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="of the two-sided intervals")
    power: float = Field(0.8, gt=0.0, lt=1.0, description="how surely a detectable difference is found")
    resamples: int = Field(10_000, ge=1000)
    seed: int = Field(0, ge=0)
    clusters: Literal["section", "none"] = "section"
    correction: Literal["all", "regressions"] = Field(
        "all", description="Holm's method for all p-values, or for regressions alone, since all checks must pass anyway"
    )
    rules: tuple[Rule, ...] = Field(min_length=1)

    @property
    def columns(self) -> frozenset[str]:
        """The metrics of all rules, without lm-eval's filter (`exact_match` of `exact_match,strict-match`)."""
        return frozenset(metric.partition(",")[0] for rule in self.rules for metric in rule.metric)


def load_gate(path: Path) -> Gate:
    """Read and check a gate file.

    Raises:
        InputError: no such file, broken YAML, an unknown key (with the nearest known one), a wrong value.
    """
    return checked(Gate, read_yaml(path, "gate"), str(path))
