"""What a synthesis will ask before it asks: the pipelines themselves, over a chat model that answers with filler."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from alignment.chat.base import Asking, Heard, Reply, Request, Usage
from alignment.synthesis.parsing import ANSWERS, BETTER, GROUNDED, PAIRS, QUESTIONS, SITUATIONS, VALUES, Shape
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.teachers import model
from alignment.synthesis.types import Counts, Progress
from tasks.types import Chunk, Document

#: Characters of English that a token holds, about; tokenizers of other languages or sizes differ by half.
_CHARACTERS = 4.0
_WORDS = "one two three four five six seven eight nine ten ".split()


@dataclass(frozen=True)
class Expected:
    """A step's calls and tokens: its most, as no draft falls out on the way, and nothing is cached or asked again."""

    step: str
    calls: int
    prompt_tokens: int
    completion_tokens: int


def _text(count: int) -> str:
    return "# " + " ".join((_WORDS * (count // len(_WORDS) + 1))[: count - 1]) + "."


#: By shape: the step, the tokens that the teacher allows an entry, and a typical entry.
_TYPICAL: dict[str, tuple[str, int, dict[str, Any]]] = {
    QUESTIONS.schema: ("questions", model.QUESTION_TOKENS, {"form": "fact", "question": _text(16)}),
    ANSWERS.schema: ("answers", model.ANSWER_TOKENS, {"answer": _text(32)}),
    VALUES.schema: ("values", model.VALUE_TOKENS, {"value": _text(9), "stated": "implied"}),
    SITUATIONS.schema: ("situations", model.SITUATION_TOKENS, {"situation": _text(45)}),
    PAIRS.schema: ("pairs", model.PAIR_TOKENS, {"keeps": _text(35), "fails": _text(34)}),
    GROUNDED.schema: ("critic: grounded", model.VERDICT_TOKENS, {"grounded": True, "reason": _text(9)}),
    BETTER.schema: ("critic: better", model.VERDICT_TOKENS, {"better": "first", "reason": _text(12)}),
}
_SHAPES: dict[str, Shape[Any]] = {
    s.schema: s for s in (QUESTIONS, ANSWERS, VALUES, SITUATIONS, PAIRS, GROUNDED, BETTER)
}


class _Filler(Asking):
    """Answers every request with as many typical entries as it has room for, and counts."""

    name = "dry run"

    def __init__(self) -> None:
        self.usage = Usage()
        self.steps: dict[str, list[int]] = {step: [0, 0, 0] for step, _, _ in _TYPICAL.values()}

    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        for position, request in enumerate(requests):
            step, tokens, entry = _TYPICAL[request.schema or ""]
            count = (request.max_tokens - model.FRAME_TOKENS) // tokens
            field = _SHAPES[request.schema or ""].field
            # Each entry with its number, or two prompts that show them would be one request.
            texts = [json.dumps({"number": n, **entry}).replace("#", str(n)) for n in range(1, count + 1)]
            text = f'{{"{field}": [{", ".join(texts)}]}}' if field else texts[0]
            prompt = sum(len(content) for _, content in request.messages)
            sums = self.steps[step]
            sums[:] = sums[0] + 1, sums[1] + round(prompt / _CHARACTERS), sums[2] + round(len(text) / _CHARACTERS)
            heard(position, Reply(text, "stop"))


def expected(document: Document, chunks: list[Chunk], prompts: Prompts, counts: Counts) -> list[Expected]:
    """The calls and tokens of each step of a synthesis by a model teacher."""

    def unheard(step: str, done: int, of: int) -> None:
        """A dry run has no progress to tell."""

    progress: Progress = unheard
    filler = _Filler()
    teacher = model.ModelTeacher(filler, prompts, counts)
    instructions = teacher.instruct(document, chunks, progress).drafts
    pairs = teacher.scenario(document, chunks, progress).drafts
    for drafts in (instructions, pairs):
        teacher.grounded(document, drafts, progress)
    teacher.better(document, pairs, progress)
    return [Expected(step, *sums) for step, sums in filler.steps.items()]
