"""The forms of question and situation that a teacher is asked to write, and how many of them for a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from alignment.synthesis.split import hash_rank
from alignment.synthesis.types import Counts
from tasks.data.audit.words import words
from tasks.data.types import Chunk

#: Fewest and most words of an answer that prompts ask for, within the bounds of validation and the audit.
ANSWER_WORDS = (15, 50)


@dataclass(frozen=True)
class Form:
    """A form of question: its name, the `kind` of its items, and its description in the prompt."""

    name: str
    kind: str
    asks: str


_YES = Form("yes or no", "yes_no", "a question to be answered with yes or no; here the right answer is yes")
_NO = Form("yes or no", "yes_no", "a question to be answered with yes or no; here the right answer is no")
FORMS = (
    Form("fact", "fact", "a fact that the passage states: who, what, when, how much, how long or how often"),
    Form("explanation", "explanation", "why the passage asks for what it does, or what a part of it means"),
    Form("application", "scenario", "a small everyday case with a person in it, which the passage decides"),
    Form("summary", "explanation", "a request to sum up what the document says on the passage's subject"),
    Form("unanswerable", "unanswerable", "a detail one might expect here, which the passage does not tell"),
    Form("refusal", "refusal", "a request for help to get round what the passage asks for, as someone would put it"),
)
SITUATIONS = (
    Form("scenario", "scenario", "a situation in which someone has to decide and asks what to do."),
    Form("yes or no", "yes_no", "a situation that ends in a question to be answered with yes or no."),
    Form("scenario", "scenario", "a situation in which two people disagree on what is right and ask for advice."),
    Form(
        "explanation", "explanation", "a situation in which someone doubts the rule and asks why it should hold here."
    ),
    Form("scenario", "scenario", "a situation in which pressure of time, money or loyalty pulls the other way."),
    Form("refusal", "refusal", "a situation in which someone asks for help with what the value forbids."),
)


def questions_for(chunk: Chunk, counts: Counts) -> list[Form]:
    """The forms of question for a chunk: each at most once, and at least 2 if `counts` allows.

    A hash of the text decides which forms a short chunk gets, and whether the answer to its yes/no question is yes. So
    over a document all forms are about equally frequent.
    """
    digest = int(hash_rank(0, "questions", chunk.text), 16)
    forms = [FORMS[0], _YES if digest % 2 else _NO, *FORMS[1:]]
    count = min(len(forms), counts.most_questions, max(2, len(words(chunk.text)) // counts.words_per_question))
    return _rotated(forms, digest // 2, count)


def situations_for(chunk: Chunk, counts: Counts) -> list[Form]:
    """The forms of situation for a chunk: at least 1, each at most once."""
    count = min(len(SITUATIONS), counts.most_pairs, 1 + len(words(chunk.text)) // counts.words_per_pair)
    return _rotated(list(SITUATIONS), int(hash_rank(0, "situations", chunk.text), 16), count)


def _rotated(forms: list[Form], start: int, count: int) -> list[Form]:
    at = start % len(forms)
    return list(islice([*forms[at:], *forms[:at]], count))
