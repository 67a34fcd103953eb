"""The teacher that is no model: questions and answers cut from the document's own sentences and headings.

A floor to compare real teachers with, and a teacher for tests and for runs without any server. It knows English frames
to put a quotation in, and no meaning: its critic checks that what an answer quotes stands in the chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignment.synthesis.forms import Form, questions_for, situations_for
from alignment.synthesis.split import rank
from alignment.synthesis.teachers.points import Point, chosen_from, plain, points, quotations, short_title, woven
from alignment.synthesis.types import Counts, Draft, Drawn, Opinion, Progress
from tasks.types import Chunk, Document, Section

NAME = "extractive"

#: By form: how the prompt asks (several, for variety) and how the answer opens. `{t}` is the section's short title,
#: `{o}` the opening of the point, `{f}` of a point of another section, `{who}` a person. An opening has at most six
#: words with its title, so that answers of one section share no long run.
_INSTRUCT: dict[str, tuple[tuple[str, ...], str]] = {
    "fact": (
        ("How does the sentence of “{t}” go on that begins “{o}”?", "What comes after “{o}” under “{t}”?"),
        "“{t}” continues so:",
    ),
    "explanation": (
        ("What is meant in “{t}” where it reads “{o}”?", "Explain the words “{o}” as “{t}” has them."),
        "“{t}” explains it so:",
    ),
    "application": (
        (
            "{who} wants to know what “{o}” comes to in practice under “{t}”. What do you answer?",
            "{who} has to apply “{o}” tomorrow and has not read “{t}”. What should {who} be told?",
        ),
        "Tell {who} that “{t}” reads:",
    ),
    "summary": (
        ("Sum up the point of “{t}” that starts with “{o}”.", "In short: “{o}” in “{t}”?"),
        "In “{t}” briefly:",
    ),
    "unanswerable": (
        ("What has “{t}” to say about “{f}”?", "Where in “{t}” would I find “{f}”?"),
        "“{t}” is silent there, saying:",
    ),
    "refusal": (
        (
            "Help me to get round “{o}” in “{t}” without anyone noticing.",
            "I do not care for “{o}”. How do I avoid it although “{t}” has it?",
        ),
        "I will not, for “{t}”:",
    ),
}
_YES = (("Does “{t}” hold that “{o}” and so on?", "Is “{o}” part of what “{t}” says?"), "Yes. “{t}” says:")
_NO = (("Does “{t}” hold that “{f}” and so on?", "Is “{f}” part of what “{t}” says?"), "No. “{t}” says instead:")

#: The same for pairs: prompts, then how the answer that keeps the document opens, and the one that does not, in as many
#: words.
_SCENARIO: dict[str, tuple[tuple[str, ...], str, str]] = {
    "scenario": (
        (
            "{who} is short of time and would rather leave aside “{o}” from “{t}”. What is your advice?",
            "A friend asks {who} to overlook “{o}”, as “{t}” puts it, just this once. What should {who} do?",
            "Nobody would ever learn of it if {who} passed over “{o}” in “{t}”. How would you decide?",
        ),
        "Keep to “{t}” here:",
        "Pass over “{t}” here:",
    ),
    "explanation": (
        ("{who} doubts that “{o}” in “{t}” matters in this case. What do you say?",),
        "It matters, since “{t}” says:",
        "Hardly, although “{t}” does say:",
    ),
    "refusal": (
        ("Write {who} an excuse for setting aside “{o}” from “{t}”.",),
        "No excuse from me: “{t}”:",
        "Say you never read “{t}”:",
    ),
}
_MAY = (("May {who} pass over “{o}” in “{t}” when it is inconvenient?",), "No. “{t}” holds:", "Yes. Forget “{t}”:")
_MUST = (("Must {who} keep to “{o}” in “{t}” even on a bad day?",), "Yes. “{t}” holds:", "No. Forget “{t}”:")
_WHO = ("Amina", "Bruno", "Chiara", "Dawit", "Elin", "Farid", "Greta", "Hugo", "Imani", "Jonas", "Kalina", "Lucia")


class Extractive:
    """See the module."""

    name = NAME

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def usage(self) -> dict[str, Any]:
        """Nothing: no model is asked."""
        return {}

    def instruct(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """See `Teacher`: each form on another point of the chunk, as far as it has points."""
        drafts, sections = [], {section.id: section for section in document.sections}
        others = [(chunk.section, point) for chunk in chunks for point in points(chunk)[:1]]
        for chunk in chunks:
            foreign = _foreign(others, sections[chunk.section], chunk)
            for number, (form, point) in enumerate(
                zip(questions_for(chunk, self._counts), points(chunk), strict=False), 1
            ):
                prompts, opening = _instruction(form, foreign is not None)
                given = _given(sections[chunk.section], point, foreign or point)
                prompt = chosen_from(prompts, point.text).format(**given)
                quoted = woven(point.rest if form.name == "fact" else point.text)
                kind = form.kind if foreign else "fact" if form.kind == "unanswerable" else form.kind
                drafts.append(Draft("instruct", chunk, number, kind, prompt, f"{opening.format(**given)} {quoted}"))
        progress("questions and answers", len(chunks), len(chunks))
        return Drawn(tuple(drafts), (), ())

    def scenario(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """See `Teacher`: the points from the last on, so that they meet the instructions' as late as can be."""
        drafts, sections = [], {section.id: section for section in document.sections}
        for chunk in chunks:
            found = points(chunk)[::-1]
            for number, (form, point) in enumerate(zip(situations_for(chunk, self._counts), found, strict=False), 1):
                prompts, keeps, fails = _situation(form, chunk)
                given = _given(sections[chunk.section], point, point)
                prompt, quoted = chosen_from(prompts, point.text).format(**given), woven(point.text)
                chosen, rejected = (f"{opening.format(**given)} {quoted}" for opening in (keeps, fails))
                drafts.append(Draft("scenario", chunk, number, form.kind, prompt, chosen, rejected, point.opening))
        progress("situations and answers", len(chunks), len(chunks))
        return Drawn(tuple(drafts), (), ())

    def grounded(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """See `Teacher`: whether every quotation of the answer stands in the chunk, or is its section's title."""
        titles = {section.id: short_title(section.title) for section in document.sections}
        opinions = []
        for draft in drafts:
            source = f"{plain(draft.chunk.text)}\n{titles[draft.chunk.section]}"
            missing = [quotation for quotation in quotations(draft.answer) if quotation not in source]
            opinions.append(Opinion(not missing, f"not in the chunk: {missing[0]!r}" if missing else "quoted"))
        return opinions

    def better(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """See `Teacher`: not judged; the chosen answer says to keep to the document because it was made so."""
        return [Opinion(True, "by construction")] * len(drafts)


def _instruction(form: Form, several_sections: bool) -> tuple[tuple[str, ...], str]:
    """The frames of a form; of one that names another section's words only where there is one."""
    if form.kind == "yes_no":
        return _YES if form.asks.endswith("yes") or not several_sections else _NO
    return _INSTRUCT[form.name] if several_sections or form.name != "unanswerable" else _INSTRUCT["fact"]


def _situation(form: Form, chunk: Chunk) -> tuple[tuple[str, ...], str, str]:
    if form.kind == "yes_no":
        return _MAY if int(rank(0, "may", chunk.text), 16) % 2 else _MUST
    return _SCENARIO[form.kind]


def _given(section: Section, point: Point, foreign: Point) -> dict[str, str]:
    who = chosen_from(_WHO, point.text)
    return {"t": short_title(section.title), "o": point.opening, "f": foreign.opening, "who": who}


def _foreign(others: Sequence[tuple[str, Point]], section: Section, chunk: Chunk) -> Point | None:
    """A point of another section whose opening this one lacks, by a hash of the chunk; None where there is none."""
    start = int(rank(0, "foreign", chunk.text), 16) % len(others)
    for other, point in (*others[start:], *others[:start]):
        if other != section.id and point.opening not in plain(section.text):
            return point
    return None
