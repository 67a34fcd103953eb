"""The extractive teacher: English templates filled with quotations from the document, without a model.

A lower baseline for real teachers, and a teacher for tests and for runs without a server. Its critic only checks that
what an answer quotes is in the chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignment.synthesis.forms import Form, questions_for, situations_for
from alignment.synthesis.split import hash_rank
from alignment.synthesis.teachers.excerpts import (
    Excerpt,
    excerpts,
    hash_choice,
    plain_text,
    quotations,
    quote_in_pieces,
    short_title,
)
from alignment.synthesis.types import Counts, CriticVerdict, Draft, OnProgress, PipelineResult
from tasks.data.types import Chunk, Document, Section

NAME = "extractive"

#: Form -> prompt templates (several, for variety) and how the answer begins. `{t}` is the section's short title, `{o}`
#: the opening of the excerpt, `{f}` of an excerpt of another section, `{who}` a person. The beginning of an answer has
#: at most six words with its title, so that answers of one section share no long run of words.
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

#: Kind -> prompt templates of pairs, and the beginnings of the chosen and of the rejected answer, of equal length.
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


class ExtractiveTeacher:
    """Writes drafts from templates and quotations; see `Teacher`."""

    name = NAME

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def usage(self) -> dict[str, Any]:
        """Empty: no model is called."""
        return {}

    def instruct(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """See `Teacher`: each form with another excerpt of the chunk, as far as there are excerpts."""
        drafts, sections = [], {section.id: section for section in document.sections}
        candidates = [(chunk.section, excerpt) for chunk in chunks for excerpt in excerpts(chunk)[:1]]
        for chunk in chunks:
            other = _other_section_excerpt(candidates, sections[chunk.section], chunk)
            for number, (form, excerpt) in enumerate(
                zip(questions_for(chunk, self._counts), excerpts(chunk), strict=False), 1
            ):
                prompts, opening = _instruction(form, other is not None)
                values = _values(sections[chunk.section], excerpt, other or excerpt)
                prompt = hash_choice(prompts, excerpt.text).format(**values)
                quoted = quote_in_pieces(excerpt.rest if form.name == "fact" else excerpt.text)
                kind = form.kind if other else "fact" if form.kind == "unanswerable" else form.kind
                drafts.append(Draft("instruct", chunk, number, kind, prompt, f"{opening.format(**values)} {quoted}"))
        on_progress("questions and answers", len(chunks), len(chunks))
        return PipelineResult(tuple(drafts))

    def scenario(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """See `Teacher`: excerpts in reverse order, so that pairs and instructions overlap as little as possible."""
        drafts, sections = [], {section.id: section for section in document.sections}
        for chunk in chunks:
            found = excerpts(chunk)[::-1]
            for number, (form, excerpt) in enumerate(zip(situations_for(chunk, self._counts), found, strict=False), 1):
                prompts, keeps, fails = _situation(form, chunk)
                values = _values(sections[chunk.section], excerpt, excerpt)
                prompt, quoted = hash_choice(prompts, excerpt.text).format(**values), quote_in_pieces(excerpt.text)
                chosen, rejected = (f"{opening.format(**values)} {quoted}" for opening in (keeps, fails))
                drafts.append(Draft("scenario", chunk, number, form.kind, prompt, chosen, rejected, excerpt.opening))
        on_progress("situations and answers", len(chunks), len(chunks))
        return PipelineResult(tuple(drafts))

    def judge_grounding(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """See `Teacher`: passes if every quotation in the answer is in the chunk or is its section's title."""
        titles = {section.id: short_title(section.title) for section in document.sections}
        verdicts = []
        for draft in drafts:
            source = f"{plain_text(draft.chunk.text)}\n{titles[draft.chunk.section]}"
            missing = [quotation for quotation in quotations(draft.answer) if quotation not in source]
            verdicts.append(CriticVerdict(not missing, f"not in the chunk: {missing[0]!r}" if missing else "quoted"))
        return verdicts

    def judge_preference(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """See `Teacher`: always passes, as the chosen answer follows the document by construction."""
        return [CriticVerdict(True, "by construction")] * len(drafts)


def _instruction(form: Form, several_sections: bool) -> tuple[tuple[str, ...], str]:
    """The templates of a form; those that quote another section need a document with several sections."""
    if form.kind == "yes_no":
        return _YES if form.asks.endswith("yes") or not several_sections else _NO
    return _INSTRUCT[form.name] if several_sections or form.name != "unanswerable" else _INSTRUCT["fact"]


def _situation(form: Form, chunk: Chunk) -> tuple[tuple[str, ...], str, str]:
    if form.kind == "yes_no":
        return _MAY if int(hash_rank(0, "may", chunk.text), 16) % 2 else _MUST
    return _SCENARIO[form.kind]


def _values(section: Section, excerpt: Excerpt, other: Excerpt) -> dict[str, str]:
    who = hash_choice(_WHO, excerpt.text)
    return {"t": short_title(section.title), "o": excerpt.opening, "f": other.opening, "who": who}


def _other_section_excerpt(candidates: Sequence[tuple[str, Excerpt]], section: Section, chunk: Chunk) -> Excerpt | None:
    """An excerpt of another section whose opening is not in this one, chosen by a hash of the chunk, or None."""
    start = int(hash_rank(0, "foreign", chunk.text), 16) % len(candidates)
    for section_id, excerpt in (*candidates[start:], *candidates[:start]):
        if section_id != section.id and excerpt.opening not in plain_text(section.text):
            return excerpt
    return None
