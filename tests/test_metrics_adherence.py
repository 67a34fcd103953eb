"""Adherence: the stance and the key facts of an answer, by stated rules."""

from __future__ import annotations

import math

import pytest

from harness.language.facts import conveys
from harness.language.numbers import numbers
from harness.language.stance import takes
from harness.metrics.base import find
from harness.metrics.scoring import score_systems
from harness.models.answers import Answer


@pytest.mark.parametrize(
    ("answer", "stance"),
    [
        ("Yes. A tax raised by law is no arbitrary taking.", "yes"),
        ("The answer to this question is no. A gift of that worth is not allowed.", "no"),
        ("**No**, the shift is not covered.", "no"),
        ("He may keep the pen, as it is worth little.", "yes"),
        ("She must not keep it, whatever it is worth.", "no"),
        ("Smoking breaks aren't dealt with in the chapter; ask your manager.", "not stated"),
        ("No upper limit is set there. The People Team would know.", "not stated"),
        ("The guidelines leave that open.", "not stated"),
        ("I can't help with that: medical records are personal data.", "declines"),
        ("That description would be untrue, so I won't write it.", "declines"),
    ],
)
def test_the_stance_of_an_answer(answer: str, stance: str) -> None:
    assert takes(answer, stance)


@pytest.mark.parametrize(
    ("answer", "stance"),
    [
        ("", "no"),
        ("Nobody knows why. Yes, perhaps.", "no"),
        ("Norvane has four values.", "yes"),
        ("The note dates the sale two weeks earlier.", "declines"),
        ("The Head of the Privacy Desk is a woman named Sarah.", "not stated"),
    ],
)
def test_an_answer_without_the_stance(answer: str, stance: str) -> None:
    assert not takes(answer, stance)


def test_an_unknown_stance_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="stance 'perhaps'"):
        takes("Yes.", "perhaps")


def test_numbers_in_figures_and_in_words() -> None:
    assert numbers("1,500 euros, 75% of 2.5, in 24 hours") == {1500, 75, 2.5, 24}
    assert numbers("Twenty-four people, three hundred, two thousand five hundred, one million") == {24, 300, 2500, 1e6}
    assert numbers("One does what one can") == frozenset()


def test_a_fact_is_conveyed_in_other_words_with_its_numbers_and_its_denial() -> None:
    fact = "The invention note is due within 20 working days."
    assert conveys("Hand in the note on your invention no later than that. It is due within twenty working days.", fact)
    assert not conveys("The invention note is due within 30 working days.", fact), "another number"
    assert not conveys("The invention note is not due within 20 working days.", fact), "denied"
    assert not conveys("Twenty working days.", fact), "the content is missing"
    assert conveys("A voucher is never allowed as a gift.", "Vouchers are not allowed as gifts.")


def answer(text: str, stance: str | None = None, facts: tuple[str, ...] = ()) -> Answer:
    return Answer("1", "gifts", "yes_no", True, "?", "reference", text, stance=stance, key_facts=facts)


def test_adherence_needs_the_stance_and_every_fact() -> None:
    facts = ("A gift may be worth 50 euros.", "The Compliance Office approves more.")
    right = "Yes, a gift may be worth up to 50 euros. More than that the Compliance Office approves."
    items = [
        answer(right, "yes", facts),
        answer(right, "no", facts),
        answer("Yes, a gift may be worth up to 50 euros.", "yes", facts),
        answer(right, None, facts),
        answer(right),
    ]
    (found,) = score_systems("adherence", {}, [items])
    assert found["stance"].statistics[:3, 0].tolist() == [1, 0, 1]
    assert found["key_facts"].statistics[:4, 0].tolist() == [1, 1, 0.5, 1]
    assert found["adherence"].statistics[:4, 0].tolist() == [1, 0, 0, 1]
    assert all(math.isnan(found[column].statistics[4, 0]) for column in found)
    assert found["adherence"].reasons == ((4, "the item names neither a stance nor key facts"),)


def test_it_is_found_by_its_name() -> None:
    assert find("adherence").columns == ("adherence", "stance", "key_facts")
