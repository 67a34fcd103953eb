"""Section hit tells an answer about its own section from one about another, and needs the sections."""

from __future__ import annotations

import pytest

from harness.metrics.base import find
from harness.metrics.section_hit import SectionHit, chance
from valign.errors import InputError

REFERENCES = ["Report every gift to the office.", "Keep no gift of a supplier.", "Wear a helmet in the tower."]
SECTIONS = ["gifts", "gifts", "safety"]


def test_an_answer_hits_where_the_nearest_reference_is_of_its_section() -> None:
    metric = find("section_hit")
    assert isinstance(metric, SectionHit)
    answers = ["You must not keep the gift.", "Put on a helmet in the tower!", "   "]
    first, second = metric.score_sections([REFERENCES, answers], REFERENCES, SECTIONS)
    assert first["section_hit"].statistics[:, 0].tolist() == [1, 1, 1]
    assert second["section_hit"].statistics[:, 0].tolist() == [1, 0, 0], "an empty answer is a miss"
    assert first["section_hit"].signature == second["section_hit"].signature
    assert "references:3" in first["section_hit"].signature


def test_without_sections_it_is_an_error() -> None:
    with pytest.raises(InputError, match="metric section_hit: expected each item's section"):
        find("section_hit").score(["a"], ["b"])


def test_chance_is_the_hit_rate_of_a_random_answer() -> None:
    assert chance(SECTIONS) == pytest.approx((2 / 3) ** 2 + (1 / 3) ** 2)
