"""Exercises that make a small model listen to its prompt, cut from running text without any teacher.

A few million parameters learn fluent sentences from plain text quickly; what they do not learn is that an answer has
to be about the question. Each exercise here is a prompt whose answer cannot be written without reading it: topic words
that the answer must carry, a question turned from the answer itself, a passage among others that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from alignment.seed.text import Page, split_sentences
from tasks.types import Everyday

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
_MODALS = "must|should|can|cannot|may|will|would|could|is|are|was|were|has|have|had|does|do|need to|needs to"
_CLAUSE = re.compile(rf"^((?:[A-Z][\w'-]*)(?: [\w'-]+){{0,5}}) ({_MODALS}) ((?:[\w'\"(][^.;:?!]*))\.$")
_STOP = frozenset(
    """a about above after again against all also an and any are as at be because been before being below between both
    but by can could did do does doing down during each even every few for from further had has have having he her here
    hers him his how i if in into is it its itself just like make many may me might more most much must my need no nor
    not now of off on once one only or other our out over own same shall she should so some such than that the their
    them then there these they this those through to too two under until up upon us use used using very was we well were
    what when where which while who whom whose why will with would you your""".split()
)


@dataclass(frozen=True)
class Exercise:
    """A prompt with its answer, or (prompt None) plain text."""

    prompt: str | None
    answer: str
    kind: str


@dataclass(frozen=True)
class Material:
    """The text that exercises are cut from: pages, and their paragraphs as lists of sentences."""

    pages: tuple[tuple[tuple[str, ...], ...], ...]
    questions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, pages: Sequence[Page]) -> Material:
        """Split `pages` into sentences and collect paragraphs that are questions with the paragraph after them."""
        split, questions = [], []
        for page in pages:
            paragraphs = [tuple(s for s in split_sentences(p) if 4 <= len(s.split()) <= 60) for p in page.paragraphs]
            kept = tuple(p for p in paragraphs if p)
            if kept:
                split.append(kept)
            for question, answer in zip(page.paragraphs, page.paragraphs[1:], strict=False):
                if question.endswith("?") and len(question.split()) <= 30 and not answer.endswith("?"):
                    questions.append((question, " ".join(split_sentences(answer)[:3])))
        return cls(tuple(split), tuple(questions))


def content_words(sentence: str) -> list[str]:
    """Words of a sentence that carry its subject, in order, each once."""
    found = (w for w in _WORD.findall(sentence) if len(w) > 3 and w.lower() not in _STOP)
    return list(dict.fromkeys(found))


def render_passages(passages: Sequence[str], question: str) -> str:
    """Lay out passages and a question as the retrieval baseline's default prompt does."""
    numbered = "\n\n".join(f"[{i}] {p}" for i, p in enumerate(passages, 1))
    return f"Use these passages to answer.\n\n{numbered}\n\nQuestion: {question}"


def _paragraph(material: Material, random: Random) -> tuple[str, ...]:
    return random.choice(random.choice(material.pages))


def _sentence(material: Material, random: Random) -> str:
    return random.choice(_paragraph(material, random))


def _topic(sentence: str, random: Random) -> str | None:
    """Two to five content words of `sentence` in text order, or None where it has too few."""
    words = content_words(sentence)
    if len(words) < 3:
        return None
    count = min(len(words), random.randint(2, 5))
    picked = sorted(random.sample(range(len(words)), count))
    return ", ".join(words[i] for i in picked[:-1]) + " and " + words[picked[-1]]


_TOPIC_FORMS = (
    "Tell me about {}.", "What should I know about {}?", "Write about {}.", "Say something about {}.",
    "What can you say about {}?", "Explain {}.", "I have a question about {}. What do you say?",
    "My colleague asked me about {}. What should I answer?", "What does it mean when people speak of {}?",
)  # fmt: skip
_PASSAGE_FORMS = (
    "What do the passages say about {}?", "What is said about {}?", "What should I know about {}?",
    "Explain {}.", "Tell me about {}.", "I wonder about {}. What is right?",
)  # fmt: skip


def plain(material: Material, random: Random) -> Exercise | None:
    """Running text: up to twelve paragraphs of one page."""
    page = random.choice(material.pages)
    start = random.randrange(len(page))
    return Exercise(None, "\n".join(" ".join(p) for p in page[start : start + 12]), "plain")


def topic(material: Material, random: Random) -> Exercise | None:
    """Content words of a sentence -> the sentence, sometimes with the one that follows it."""
    paragraph = _paragraph(material, random)
    at = random.randrange(len(paragraph))
    answer = " ".join(paragraph[at : at + random.choice((1, 1, 2))])
    words = _topic(answer, random)
    return (words and Exercise(random.choice(_TOPIC_FORMS).format(words), answer, "topic")) or None


def turned(material: Material, random: Random) -> Exercise | None:
    """A statement with a verb that inverts -> its own question; the statement answers it."""
    sentence = _sentence(material, random)
    clause = _CLAUSE.match(sentence)
    return _turn(sentence, clause, random) if clause else None


def _turn(sentence: str, clause: re.Match[str], random: Random) -> Exercise:
    subject, verb, rest = clause.groups()
    low = subject if subject.split()[0].isupper() else subject[0].lower() + subject[1:]
    inverted = {"cannot": "can", "need to": "do", "needs to": "does"}.get(verb, verb)
    rest_asked = f"need to {rest}" if verb.startswith("need") else rest
    form = random.randrange(4)
    if form == 0 and "because" in rest:
        return Exercise(f"Why {inverted} {low} {rest_asked.split(' because')[0]}?", sentence, "turned")
    if form <= 2:
        yes = "No" if verb == "cannot" or rest.startswith("not ") else "Yes"
        asked = rest_asked.removeprefix("not ")
        answer = f"{yes}, {low} {verb} {rest}."
        return Exercise(f"{inverted.capitalize()} {low} {asked}?", answer, "turned")
    return Exercise(f"Is it true that {low} {verb} {rest}?", sentence, "turned")


def mend(material: Material, random: Random) -> Exercise | None:
    """A sentence with words missing or out of order -> the whole sentence."""
    sentence = _sentence(material, random)
    words = sentence.split()
    if not 6 <= len(words) <= 40:
        return None
    if random.random() < 0.5:
        start = random.randrange(1, len(words) - 2)
        gap = random.randint(1, min(6, len(words) - start))
        return Exercise("Fill the gap: " + " ".join([*words[:start], "___", *words[start + gap :]]), sentence, "mend")
    kept = [w for w in words if random.random() > 0.3 and w.lower() not in _STOP]
    if len(kept) < 3:
        return None
    random.shuffle(kept)
    return Exercise("Make a sentence of these words: " + " ".join(kept), sentence, "mend")


def follow(material: Material, random: Random) -> Exercise | None:
    """The first sentence of a paragraph -> what comes next."""
    paragraph = _paragraph(material, random)
    if len(paragraph) < 2:
        return None
    at = random.randrange(len(paragraph) - 1)
    return Exercise(paragraph[at] + " What follows?", " ".join(paragraph[at + 1 : at + 3]), "follow")


def asked(material: Material, random: Random) -> Exercise | None:
    """A question that an author asked in the text -> the answer that the author gave."""
    if not material.questions:
        return None
    question, answer = random.choice(material.questions)
    return Exercise(question, answer, "asked")


def passages(material: Material, random: Random) -> Exercise | None:
    """One to three passages and a question that one of them answers -> the sentence that answers it."""
    texts = [_paragraph(material, random) for _ in range(random.randint(1, 3))]
    chosen = random.randrange(len(texts))
    sentence = random.choice(texts[chosen])
    if random.random() < 0.3 and (clause := _CLAUSE.match(sentence)):
        inner = _turn(sentence, clause, random)
        question, answer = inner.prompt, inner.answer
    else:
        words = _topic(sentence, random)
        if words is None:
            return None
        question, answer = random.choice(_PASSAGE_FORMS).format(words), sentence
    shown = [" ".join(" ".join(t).split()[:110]) for t in texts]
    if sentence not in shown[chosen]:
        return None
    return Exercise(render_passages(shown, question or ""), answer, "passages")


Mixture = tuple[tuple[Callable[[Material, Random], Exercise | None], float], ...]

#: How often each exercise is drawn, for a new model and for one that can copy already: the second spends less on what
#: the first has taught (a question turned back, a sentence found in a passage). Shares are of exercises, not of tokens.
MIXTURES: dict[str, Mixture] = {
    "new": (
        (plain, 0.08),
        (topic, 0.28),
        (turned, 0.20),
        (mend, 0.12),
        (follow, 0.10),
        (asked, 0.04),
        (passages, 0.18),
    ),
    "copies": (
        (plain, 0.16),
        (topic, 0.38),
        (turned, 0.08),
        (mend, 0.10),
        (follow, 0.12),
        (asked, 0.06),
        (passages, 0.10),
    ),
}


def instructions(examples: Sequence[Everyday]) -> list[Exercise]:
    """Everyday instruction pairs as exercises; those with passages show them as the retrieval baseline does."""
    return [
        Exercise(render_passages(e.passages, e.prompt) if e.passages else e.prompt, e.completion, "instruction")
        for e in examples
    ]


def draw(material: Material, random: Random, mixture: str = "new") -> Exercise:
    """Draw one exercise by one of `MIXTURES`; an unusable cut is drawn again as the same kind."""
    makers, weights = zip(*MIXTURES[mixture], strict=True)
    maker = random.choices(makers, weights)[0]
    for _ in range(50):
        if exercise := maker(material, random):
            return exercise
    exercise = plain(material, random)
    if exercise is None:
        raise ValueError("no exercise can be cut from this text")
    return exercise
