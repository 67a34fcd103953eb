"""The part of a recipe that says how figures are tested, and which of them its conclusions rest on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat

from harness.recipe.yaml_files import Part


class Statistics(Part):
    """Settings of intervals and tests."""

    resamples: int = Field(10_000, ge=100)
    confidence: float = Field(0.95, gt=0.5, lt=1.0)
    clusters: Literal["section", "none"] = "section"
    interval: Literal["percentile", "bca"] = "percentile"


def _without_differences(given: Any) -> Any:
    return dict.fromkeys(given) if isinstance(given, list) else given


class Primary(Part):
    """What the run is made to find out; everything else is exploratory. Decide on it before you see figures.

    Holm's correction runs over the comparisons in the metrics, and over the safety figures' changes.
    """

    comparisons: list[tuple[str, str]] = Field([], description="those of `comparisons`; all of them where empty")
    metrics: Annotated[dict[str, PositiveFloat | None], BeforeValidator(_without_differences)] = Field(
        {},
        description="columns of the tables, as a list or each with the smallest difference that matters; where empty "
        "the first metric's first, every judge's win rate, and the share of preference pairs",
    )
    safety: list[str] = Field(["refused"], description="columns of safety.csv")
