"""What a synthesis will ask before it asks: the pipelines themselves, over a chat model that answers with filler."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from alignment.chat.base import Asking, Heard, Reply, Request, Usage
from alignment.synthesis.parsing import ANSWERS, GROUNDED, PAIRS, QUESTIONS, SITUATIONS, VALUES
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.teachers.model import ModelTeacher
from alignment.synthesis.types import Progress, Settings
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


#: By the first key of its schema: the step, and a typical entry.
_TYPICAL: dict[str, tuple[str, dict[str, Any]]] = {
    QUESTIONS.field: ("questions", {"form": "fact", "question": _text(16)}),
    ANSWERS.field: ("answers", {"answer": _text(32)}),
    VALUES.field: ("values", {"value": _text(9), "stated": "implied"}),
    SITUATIONS.field: ("situations", {"situation": _text(45)}),
    PAIRS.field: ("pairs", {"keeps": _text(35), "fails": _text(34)}),
    GROUNDED.field: ("critic: grounded", {"grounded": True, "reason": _text(9)}),
    "better": ("critic: better", {"better": "first", "reason": _text(12)}),
}


class _Filler(Asking):
    """Answers every request with as many typical entries as it may have, and counts."""

    name = "dry run"

    def __init__(self) -> None:
        self.usage = Usage()
        self.steps: dict[str, list[int]] = {step: [0, 0, 0] for step, _ in _TYPICAL.values()}

    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        for position, request in enumerate(requests):
            ((first, shown),) = islice(json.loads(request.schema or "")["properties"].items(), 1)
            (step, entry), count = _TYPICAL[first], shown.get("maxItems", 1)
            # Each entry with its number, or two prompts that show them would be one request.
            texts = [json.dumps({"number": n, **entry}).replace("#", str(n)) for n in range(1, count + 1)]
            text = f'{{"{first}": [{", ".join(texts)}]}}' if "maxItems" in shown else texts[0]
            prompt = sum(len(content) for _, content in request.messages)
            sums = self.steps[step]
            sums[:] = sums[0] + 1, sums[1] + round(prompt / _CHARACTERS), sums[2] + round(len(text) / _CHARACTERS)
            heard(position, Reply(text, "stop"))


def expected(document: Document, chunks: list[Chunk], prompts: Prompts, settings: Settings) -> list[Expected]:
    """The calls and tokens of each step of a synthesis by a model teacher."""

    def unheard(step: str, done: int, of: int) -> None:
        """A dry run has no progress to tell."""

    progress: Progress = unheard
    filler = _Filler()
    teacher = ModelTeacher(filler, prompts, settings)
    instructions = teacher.instruct(document, chunks, progress).drafts
    pairs = teacher.scenario(document, chunks, progress).drafts
    for drafts in (instructions, pairs) if "grounded" in settings.critics else ():
        teacher.grounded(document, drafts, progress)
    if "better" in settings.critics:
        teacher.better(document, pairs, progress)
    return [Expected(step, *sums) for step, sums in filler.steps.items()]
