"""Section hit tells an answer about its own section from one about another, and needs the items."""

from __future__ import annotations

import pytest

from harness.metrics.base import find
from harness.metrics.section_hit import SectionHit, chance
from harness.models.answers import Answer
from valign.errors import InputError

REFERENCES = ["Report every gift to the office.", "Keep no gift of a supplier.", "Wear a helmet in the tower."]
SECTIONS = ["gifts", "gifts", "safety"]


def answered(texts: list[str]) -> list[Answer]:
    return [
        Answer(str(at), section, "fact", True, "?", reference, text)
        for at, (section, reference, text) in enumerate(zip(SECTIONS, REFERENCES, texts, strict=True))
    ]


def test_an_answer_hits_where_the_nearest_reference_is_of_its_section() -> None:
    metric = find("section_hit")
    assert isinstance(metric, SectionHit)
    answers = ["You must not keep the gift.", "Put on a helmet in the tower!", "   "]
    first, second = metric.score_items([answered(REFERENCES), answered(answers)])
    assert first["section_hit"].statistics[:, 0].tolist() == [1, 1, 1]
    assert second["section_hit"].statistics[:, 0].tolist() == [1, 0, 0], "an empty answer is a miss"
    assert first["section_hit"].signature == second["section_hit"].signature
    assert "references:3" in first["section_hit"].signature


def test_without_items_it_is_an_error() -> None:
    with pytest.raises(InputError, match="metric section_hit: expected whole items"):
        find("section_hit").score(["a"], ["b"])


def test_chance_is_the_hit_rate_of_a_random_answer() -> None:
    assert chance(SECTIONS) == pytest.approx((2 / 3) ** 2 + (1 / 3) ** 2)
