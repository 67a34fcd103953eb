"""A chat model as the teacher and as its own critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alignment.chat.base import Chat, Failure
from alignment.synthesis.asking import Asker
from alignment.synthesis.forms import ANSWER_WORDS, Form, questions_for, situations_for
from alignment.synthesis.parsing import (
    ANSWERS,
    BETTER,
    GROUNDED,
    PAIRS,
    QUESTIONS,
    SITUATIONS,
    VALUES,
    AnyEntry,
    Shape,
)
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.types import Draft, Drawn, Lost, Opinion, Pipeline, Progress, Rejected, Settings
from tasks.types import Chunk, Document

#: Why a draft has no opinion although the critic answered.
PASSED_OVER = "the critic passed it over"


class ModelTeacher:
    """Any chat model: two calls a chunk for instructions, three for pairs, then the critic's."""

    def __init__(self, chat: Chat, prompts: Prompts, settings: Settings) -> None:
        self.name, self._prompts, self._counts = chat.name, prompts, settings.counts
        self._asker, self._temperature = Asker(chat), settings.temperature

    def usage(self) -> dict[str, Any]:
        """See `Teacher`; `reasked` counts answers that held no JSON of the shape asked for."""
        return {**self._asker.chat.usage.as_json(), "reasked": self._asker.reasked}

    def instruct(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """See `Teacher`: questions first, then answers to them from the chunk alone."""
        gathered = _Gathered("instruct")
        forms = [questions_for(chunk, self._counts) for chunk in chunks]
        asked = [
            (self._render("questions", document, chunk, forms=wanted), len(wanted))
            for chunk, wanted in zip(chunks, forms, strict=True)
        ]
        found = self._write("questions", asked, QUESTIONS, progress)
        open_drafts: list[list[Draft]] = []
        for chunk, wanted, entries in zip(chunks, forms, found, strict=True):
            if isinstance(entries, Failure):
                gathered.lose(chunk, "questions", entries)
                continue
            named = {form.name: form for form in wanted}
            pairs = [(named.get(e.form.lower(), wanted[min(n, len(wanted) - 1)]), e) for n, e in enumerate(entries)]
            drafts = [Draft("instruct", chunk, n, f.kind, e.question, "") for n, (f, e) in enumerate(pairs, 1)]
            open_drafts.append(drafts[: len(wanted)])
        prompts = [self._answers_prompt(document, drafts) for drafts in open_drafts]
        for drafts, answers in zip(open_drafts, self._write("answers", prompts, ANSWERS, progress), strict=True):
            if isinstance(answers, Failure):
                gathered.lose(drafts[0].chunk, "answers", answers)
            else:
                gathered.fill(drafts, {a.number: (a.answer, "") for a in reversed(answers)})
        return gathered.drawn()

    def scenario(self, document: Document, chunks: Sequence[Chunk], progress: Progress) -> Drawn:
        """See `Teacher`: values, then situations that test them, then two answers to each."""
        gathered = _Gathered("scenario")
        forms = [situations_for(chunk, self._counts) for chunk in chunks]
        asked = [
            (self._render("values", document, chunk, count=len(wanted)), len(wanted))
            for chunk, wanted in zip(chunks, forms, strict=True)
        ]
        valued: list[tuple[Chunk, list[tuple[str, Form]]]] = []
        for chunk, wanted, found in zip(chunks, forms, self._write("values", asked, VALUES, progress), strict=True):
            if isinstance(found, Failure):
                gathered.lose(chunk, "values", found)
            else:
                valued.append((chunk, [(v.value, form) for v, form in zip(found, wanted, strict=False)]))
        open_drafts = self._situations(document, valued, gathered, progress)
        prompts = [self._pairs_prompt(document, drafts) for drafts in open_drafts]
        for drafts, pairs in zip(open_drafts, self._write("pairs", prompts, PAIRS, progress), strict=True):
            if isinstance(pairs, Failure):
                gathered.lose(drafts[0].chunk, "pairs", pairs)
            else:
                gathered.fill(drafts, {p.number: (p.keeps, p.fails) for p in reversed(pairs)})
        return gathered.drawn()

    def _situations(
        self,
        document: Document,
        valued: Sequence[tuple[Chunk, list[tuple[str, Form]]]],
        gathered: _Gathered,
        progress: Progress,
    ) -> list[list[Draft]]:
        asked = []
        for chunk, values in valued:
            shown = [{"value": value, "asks": form.asks} for value, form in values]
            asked.append((self._render("situations", document, chunk, values=shown), len(values)))
        open_drafts = []
        found = self._write("situations", asked, SITUATIONS, progress)
        for (chunk, values), situations in zip(valued, found, strict=True):
            if isinstance(situations, Failure):
                gathered.lose(chunk, "situations", situations)
                continue
            texts = {s.number: s.situation for s in reversed(situations)}
            drafts = [
                Draft("scenario", chunk, number, form.kind, texts.get(number, ""), "", value=value)
                for number, (value, form) in enumerate(values, 1)
            ]
            gathered.miss([draft for draft in drafts if not draft.prompt], "no situation written")
            if told := [draft for draft in drafts if draft.prompt]:
                open_drafts.append(told)
        return open_drafts

    def grounded(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """See `Teacher`: the answers on one chunk are shown together."""
        by_chunk: dict[str, list[int]] = {}
        for position, draft in enumerate(drafts):
            by_chunk.setdefault(draft.chunk.id, []).append(position)
        asked = []
        for positions in by_chunk.values():
            shown = [drafts[n] for n in positions]
            text = self._render("grounded", document, shown[0].chunk, drafts=shown)
            asked.append((text, len(shown)))
        opinions = [Opinion(None)] * len(drafts)
        found = self._asker.ask("is it grounded", asked, GROUNDED, progress)
        for positions, verdicts in zip(by_chunk.values(), found, strict=True):
            said = {} if isinstance(verdicts, Failure) else {v.number: v for v in reversed(verdicts)}
            missing = verdicts.reason if isinstance(verdicts, Failure) else PASSED_OVER
            for number, position in enumerate(positions, 1):
                verdict = said.get(number)
                opinions[position] = Opinion(verdict.grounded, verdict.reason) if verdict else Opinion(None, missing)
        return opinions

    def better(self, document: Document, drafts: Sequence[Draft], progress: Progress) -> list[Opinion]:
        """See `Teacher`: each pair is shown in both orders, and the chosen answer must win in both."""
        asked = []
        for draft in drafts:
            for first, second in ((draft.answer, draft.rejected), (draft.rejected, draft.answer)):
                text = self._render("better", document, draft.chunk, draft=draft, first=first, second=second)
                asked.append((text, 1))
        found = self._asker.ask("is it better", asked, BETTER, progress)
        opinions = []
        for forth, back in zip(found[::2], found[1::2], strict=True):
            if isinstance(forth, Failure) or isinstance(back, Failure):
                failure = forth if isinstance(forth, Failure) else back
                opinions.append(Opinion(None, failure.reason if isinstance(failure, Failure) else ""))
                continue
            won = (forth[0].better == "first", back[0].better == "second")
            why = f"shown first: {forth[0].better} ({forth[0].reason}); shown second: {back[0].better}"
            opinions.append(Opinion(all(won), why))
        return opinions

    def _write(
        self, step: str, prompts: Sequence[tuple[str, int]], shape: Shape[AnyEntry], progress: Progress
    ) -> list[list[AnyEntry] | Failure]:
        return self._asker.ask(step, prompts, shape, progress, self._temperature)

    def _answers_prompt(self, document: Document, drafts: Sequence[Draft]) -> tuple[str, int]:
        questions = [{"name": draft.kind.replace("_", " or "), "question": draft.prompt} for draft in drafts]
        low, high = ANSWER_WORDS
        text = self._render("answers", document, drafts[0].chunk, questions=questions, low=low, high=high)
        return text, len(drafts)

    def _pairs_prompt(self, document: Document, drafts: Sequence[Draft]) -> tuple[str, int]:
        situations = [{"value": draft.value, "situation": draft.prompt} for draft in drafts]
        low, high = ANSWER_WORDS
        text = self._render("pairs", document, drafts[0].chunk, situations=situations, low=low, high=high)
        return text, len(drafts)

    def _render(self, name: str, document: Document, chunk: Chunk, **given: Any) -> str:
        section = next(section for section in document.sections if section.id == chunk.section)
        return self._prompts.render(name, document=document, section=section, chunk=chunk, **given)


class _Gathered:
    """What one pipeline has so far."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._drafts: list[Draft] = []
        self._rejected: list[Rejected] = []
        self._lost: list[Lost] = []

    def lose(self, chunk: Chunk, step: str, failure: Failure) -> None:
        self._lost.append(Lost(self._pipeline, chunk.id, step, failure.reason))

    def miss(self, drafts: Sequence[Draft], reason: str) -> None:
        self._rejected += [Rejected(draft, reason) for draft in drafts]

    def fill(self, drafts: Sequence[Draft], texts: Mapping[int, tuple[str, str]]) -> None:
        """Give drafts their answers, by their position from 1 in the prompt that asked for them."""
        for position, draft in enumerate(drafts, 1):
            if position not in texts:
                self.miss([draft], "no answer written")
                continue
            answer, rejected = texts[position]
            self._drafts.append(replace(draft, answer=answer, rejected=rejected))

    def drawn(self) -> Drawn:
        return Drawn(tuple(self._drafts), tuple(self._rejected), tuple(self._lost))
