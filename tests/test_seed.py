"""The stand-in seed model: exercises that cannot be answered without their prompt, and a script that really trains."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import pytest

from alignment.seed.exercises import MIXTURES, Material, content_words, draw, instructions, render_passages
from alignment.seed.text import read_pages, split_sentences
from alignment.weights import STAND_IN, locate
from baselines.retrieval_prompt import read_template
from tasks.types import Everyday

TEXT = """The harbour office must publish the tide table every Friday. Visitors can read the table on the notice board.
Boats should leave the inner basin before the evening bell because the sluice closes then.

Can I fish from the long pier?
Yes, anglers may fish from the long pier until sunset. The short pier is kept free for the ferry.
The lamp keeper is responsible for the green light at the entrance. She cleans the glass on Monday mornings.
"""


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "harbour.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def material(text: Path) -> Material:
    return Material.of(read_pages(text))


def test_sentences_are_not_split_at_abbreviations() -> None:
    met = "Dr. Vey met Mr. Olm at noon."
    assert split_sentences(f"{met} They spoke.") == [met, "They spoke."]


@pytest.mark.parametrize("maker", [maker for maker, _ in MIXTURES["new"]], ids=lambda maker: maker.__name__)
def test_every_exercise_can_be_drawn_and_its_answer_comes_from_the_text(maker: object, material: Material) -> None:
    random = Random(0)
    drawn = [exercise for _ in range(300) if (exercise := maker(material, random))]  # type: ignore[operator]
    assert drawn
    words = {word.lower() for word in content_words(TEXT)}
    assert all({w.lower() for w in content_words(e.answer)} <= words for e in drawn)


def test_a_topic_prompt_names_words_that_its_answer_holds(material: Material) -> None:
    random = Random(1)
    topics = [e for _ in range(500) if (e := draw(material, random)).kind == "topic"]
    assert topics
    for exercise in topics:
        assert sum(word in (exercise.prompt or "") for word in content_words(exercise.answer)) >= 2


def test_a_turned_question_that_denies_is_answered_no() -> None:
    sentences = ("Guests cannot moor at the ferry steps.",)
    turned = {maker.__name__: maker for maker, _ in MIXTURES["new"]}["turned"]
    random = Random(0)
    drawn = [turned(Material(((sentences,),), ()), random) for _ in range(50)]
    answers = {e.answer for e in drawn if e and e.prompt and e.prompt.startswith("Can")}
    assert answers == {"No, guests cannot moor at the ferry steps."}


def test_passages_are_laid_out_as_the_retrieval_baseline_lays_them_out() -> None:
    from jinja2 import Template

    shown = Template(read_template(None)).render(passages=["One.", "Two."], question="Which?")
    assert render_passages(["One.", "Two."], "Which?") == shown
    everyday = Everyday("e", "fact", "Which?", "Two is the answer to that.", ("One.", "Two."))
    assert instructions([everyday])[0].prompt == shown


def test_exercises_are_cut_from_everyday_answers_as_from_any_text(material: Material) -> None:
    from alignment.seed.pretrain import answer_pages, drawing

    examples = [Everyday(str(n), "fact", "Who?", f"Brother {n} rings the abbey bell at noon.", ()) for n in range(8)]
    assert [len(page.paragraphs) for page in answer_pages(examples, 6)] == [6, 2]
    source, random = drawing(material, "copies", share=0.2, answers=0.4), Random(0)
    drawn = [source(random) for _ in range(600)]
    assert 0.15 < sum(e.kind == "instruction" for e in drawn) / 600 < 0.25
    own = {word.lower() for word in content_words(TEXT)}
    cut = [e for e in drawn if e.kind != "instruction" and not {w.lower() for w in content_words(e.answer)} <= own]
    assert 0.3 < len(cut) / 600 < 0.5


def test_the_shipped_weights_are_small_named_and_speak_the_chat_format() -> None:
    from transformers import AutoTokenizer

    folder = Path(locate(STAND_IN))
    assert sum(f.stat().st_size for f in folder.iterdir()) <= 16 * 1024**2
    assert "stand-in" in (folder / "README.md").read_text(encoding="utf-8")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    said = [{"role": "user", "content": "Hi"}]
    shown = tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
    assert shown == "<|user|>Hi<|end|><|assistant|>"


@pytest.mark.slow
def test_pretraining_lowers_the_loss_and_goes_on_from_a_first_phase(text: Path, tmp_path: Path) -> None:
    from alignment.seed.pretrain import pretrain

    pages = (TEXT.strip() + "\n\n") * 60
    (text / "harbour.txt").write_text(pages, encoding="utf-8")
    options = {
        "text": text, "out": tmp_path / "a", "device": "cpu", "steps": 40, "batch": 512, "rate": 5e-3, "width": 32,
        "layers": 1, "heads": 2, "vocabulary": 400, "rise": 5, "fall": 0.0, "mixture": "new", "instructions": 0.0,
        "start": None, "seed": 0, "compile": False, "answers": 0.0, "attention": None,
    }  # fmt: skip
    pretrain(argparse.Namespace(**options))
    first = json.loads((tmp_path / "a" / "pretraining.json").read_text())["validation"][-1]
    assert first["plain"] < 5.5  # random weights over 400 tokens give ln 400 = 5.99
    again = {"out": tmp_path / "b", "start": tmp_path / "a", "mixture": "copies", "instructions": 0.3}
    pretrain(argparse.Namespace(**{**options, **again, "attention": "eager"}))
    second = json.loads((tmp_path / "b" / "pretraining.json").read_text())["validation"][-1]
    assert second["plain"] < first["plain"]
