"""A chat model as the teacher and as its own critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alignment.synthesis.forms import ANSWER_WORDS, Form, questions_for, situations_for
from alignment.synthesis.parsing import (
    ANSWERS,
    BETTER,
    GROUNDED,
    PAIRS,
    QUESTIONS,
    SITUATIONS,
    VALUES,
    AnswerSchema,
    AnyEntry,
)
from alignment.synthesis.prompting import JsonPrompter
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.types import (
    CriticVerdict,
    Draft,
    LostChunk,
    OnProgress,
    Pipeline,
    PipelineResult,
    Rejected,
    Settings,
)
from tasks.data.types import Chunk, Document
from valign.chat.base import Chat, Failure

#: The reason of a missing verdict where the critic answered about other drafts only.
NO_VERDICT = "the critic gave no verdict"


class ModelTeacher:
    """Any chat model: two calls a chunk for instructions, three for pairs, then the calls of the critics."""

    def __init__(self, chat: Chat, prompts: Prompts, settings: Settings) -> None:
        self.name, self._prompts, self._counts = chat.name, prompts, settings.counts
        self._prompter, self._temperature = JsonPrompter(chat), settings.temperature

    def usage(self) -> dict[str, Any]:
        """See `Teacher`; `reasked` counts answers that were requested again: unparsable or cut off."""
        return {**self._prompter.chat.usage.as_json(), "reasked": self._prompter.reasked}

    def instruct(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """See `Teacher`: first the questions, then their answers."""
        collected = _Collected("instruct")
        forms = [questions_for(chunk, self._counts) for chunk in chunks]
        prompts = [
            (self._render("questions", document, chunk, forms=chosen), len(chosen))
            for chunk, chosen in zip(chunks, forms, strict=True)
        ]
        unanswered: list[list[Draft]] = []
        for chunk, chosen, questions in zip(
            chunks, forms, self._write("questions", prompts, QUESTIONS, on_progress), strict=True
        ):
            if isinstance(questions, Failure):
                collected.lose(chunk, "questions", questions)
                continue
            by_name = {form.name: form for form in chosen}
            pairs = [(by_name.get(q.form.lower(), chosen[min(n, len(chosen) - 1)]), q) for n, q in enumerate(questions)]
            drafts = [Draft("instruct", chunk, n, form.kind, q.question, "") for n, (form, q) in enumerate(pairs, 1)]
            unanswered.append(drafts[: len(chosen)])
        prompts = [self._answers_prompt(document, drafts) for drafts in unanswered]
        for drafts, answers in zip(unanswered, self._write("answers", prompts, ANSWERS, on_progress), strict=True):
            if isinstance(answers, Failure):
                collected.lose(drafts[0].chunk, "answers", answers)
            else:
                collected.add(drafts, {a.number: (a.answer, "") for a in reversed(answers)})
        return collected.result()

    def scenario(self, document: Document, chunks: Sequence[Chunk], on_progress: OnProgress) -> PipelineResult:
        """See `Teacher`: values, then situations that test them, then two answers to each."""
        collected = _Collected("scenario")
        forms = [situations_for(chunk, self._counts) for chunk in chunks]
        prompts = [
            (self._render("values", document, chunk, count=len(chosen)), len(chosen))
            for chunk, chosen in zip(chunks, forms, strict=True)
        ]
        chunk_values: list[tuple[Chunk, list[tuple[str, Form]]]] = []
        for chunk, chosen, values in zip(
            chunks, forms, self._write("values", prompts, VALUES, on_progress), strict=True
        ):
            if isinstance(values, Failure):
                collected.lose(chunk, "values", values)
            else:
                chunk_values.append((chunk, [(v.value, form) for v, form in zip(values, chosen, strict=False)]))
        unanswered = self._situations(document, chunk_values, collected, on_progress)
        prompts = [self._pairs_prompt(document, drafts) for drafts in unanswered]
        for drafts, pairs in zip(unanswered, self._write("pairs", prompts, PAIRS, on_progress), strict=True):
            if isinstance(pairs, Failure):
                collected.lose(drafts[0].chunk, "pairs", pairs)
            else:
                collected.add(drafts, {p.number: (p.keeps, p.fails) for p in reversed(pairs)})
        return collected.result()

    def _situations(
        self,
        document: Document,
        chunk_values: Sequence[tuple[Chunk, list[tuple[str, Form]]]],
        collected: _Collected,
        on_progress: OnProgress,
    ) -> list[list[Draft]]:
        """Drafts without answers, by chunk: a situation for each value."""
        prompts = []
        for chunk, values in chunk_values:
            shown = [{"value": value, "asks": form.asks} for value, form in values]
            prompts.append((self._render("situations", document, chunk, values=shown), len(values)))
        unanswered = []
        found = self._write("situations", prompts, SITUATIONS, on_progress)
        for (chunk, values), situations in zip(chunk_values, found, strict=True):
            if isinstance(situations, Failure):
                collected.lose(chunk, "situations", situations)
                continue
            texts = {s.number: s.situation for s in reversed(situations)}
            drafts = [
                Draft("scenario", chunk, number, form.kind, texts.get(number, ""), "", value=value)
                for number, (value, form) in enumerate(values, 1)
            ]
            collected.reject([draft for draft in drafts if not draft.prompt], "no situation written")
            if with_situation := [draft for draft in drafts if draft.prompt]:
                unanswered.append(with_situation)
        return unanswered

    def judge_grounding(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """See `Teacher`: one call shows all answers about a chunk."""
        by_chunk: dict[str, list[int]] = {}
        for position, draft in enumerate(drafts):
            by_chunk.setdefault(draft.chunk.id, []).append(position)
        prompts = []
        for positions in by_chunk.values():
            shown = [drafts[n] for n in positions]
            prompts.append((self._render("grounded", document, shown[0].chunk, drafts=shown), len(shown)))
        verdicts = [CriticVerdict(None)] * len(drafts)
        replies = self._prompter.send("critic: grounded", prompts, GROUNDED, on_progress)
        for positions, reply in zip(by_chunk.values(), replies, strict=True):
            by_number = {} if isinstance(reply, Failure) else {entry.number: entry for entry in reversed(reply)}
            missing = CriticVerdict(None, reply.reason if isinstance(reply, Failure) else NO_VERDICT)
            for number, position in enumerate(positions, 1):
                entry = by_number.get(number)
                verdicts[position] = CriticVerdict(entry.grounded, entry.reason) if entry else missing
        return verdicts

    def judge_preference(
        self, document: Document, drafts: Sequence[Draft], on_progress: OnProgress
    ) -> list[CriticVerdict]:
        """See `Teacher`: each pair is shown in both orders, and the chosen answer must win in both."""
        prompts = []
        for draft in drafts:
            for first, second in ((draft.answer, draft.rejected), (draft.rejected, draft.answer)):
                text = self._render("better", document, draft.chunk, draft=draft, first=first, second=second)
                prompts.append((text, 1))
        replies = self._prompter.send("critic: better", prompts, BETTER, on_progress)
        verdicts = []
        for chosen_first, chosen_second in zip(replies[::2], replies[1::2], strict=True):
            if isinstance(chosen_first, Failure):
                verdicts.append(CriticVerdict(None, chosen_first.reason))
            elif isinstance(chosen_second, Failure):
                verdicts.append(CriticVerdict(None, chosen_second.reason))
            else:
                one, two = chosen_first[0], chosen_second[0]
                reason = f"shown first: {one.better} ({one.reason}); shown second: {two.better}"
                verdicts.append(CriticVerdict((one.better, two.better) == ("first", "second"), reason))
        return verdicts

    def _write(
        self, step: str, prompts: Sequence[tuple[str, int]], schema: AnswerSchema[AnyEntry], on_progress: OnProgress
    ) -> list[list[AnyEntry] | Failure]:
        return self._prompter.send(step, prompts, schema, on_progress, self._temperature)

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

    def _render(self, name: str, document: Document, chunk: Chunk, **variables: Any) -> str:
        section = next(section for section in document.sections if section.id == chunk.section)
        return self._prompts.render(name, document=document, section=section, chunk=chunk, **variables)


class _Collected:
    """The drafts, rejected drafts and lost chunks of one pipeline so far."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._drafts: list[Draft] = []
        self._rejected: list[Rejected] = []
        self._lost: list[LostChunk] = []

    def lose(self, chunk: Chunk, step: str, failure: Failure) -> None:
        self._lost.append(LostChunk(self._pipeline, chunk.id, step, failure.reason))

    def reject(self, drafts: Sequence[Draft], reason: str) -> None:
        self._rejected += [Rejected(draft, reason) for draft in drafts]

    def add(self, drafts: Sequence[Draft], answers: Mapping[int, tuple[str, str]]) -> None:
        """Complete drafts with the answer and rejected answer at their position, counted from 1, in the prompt."""
        for position, draft in enumerate(drafts, 1):
            if position not in answers:
                self.reject([draft], "no answer written")
                continue
            answer, rejected = answers[position]
            self._drafts.append(replace(draft, answer=answer, rejected=rejected))

    def result(self) -> PipelineResult:
        return PipelineResult(tuple(self._drafts), tuple(self._rejected), tuple(self._lost))
