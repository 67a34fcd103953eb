"""Calls and tokens of a synthesis in advance: the pipelines run with a chat model that answers with placeholders."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from alignment.synthesis.parsing import ANSWERS, GROUNDED, PAIRS, QUESTIONS, SITUATIONS, VALUES
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.teachers.model import ModelTeacher
from alignment.synthesis.types import Settings
from tasks.data.types import Chunk, Document
from valign.chat.base import ChatBase, OnReply, Reply, Request, Usage

#: Approximate characters of English in a token; other languages and tokenizers differ by up to half.
_CHARACTERS = 4.0
_WORDS = "one two three four five six seven eight nine ten ".split()


@dataclass(frozen=True)
class StepEstimate:
    """Calls and tokens of a step: an upper bound, as no draft is rejected and no reply cached. Retries come on top."""

    step: str
    calls: int
    prompt_tokens: int
    completion_tokens: int


def _text(count: int) -> str:
    return "# " + " ".join((_WORDS * (count // len(_WORDS) + 1))[: count - 1]) + "."


#: First key of a schema -> the step, and a typical entry.
_TYPICAL: dict[str, tuple[str, dict[str, Any]]] = {
    QUESTIONS.field: ("questions", {"form": "fact", "question": _text(16)}),
    ANSWERS.field: ("answers", {"answer": _text(32)}),
    VALUES.field: ("values", {"value": _text(9), "stated": "implied"}),
    SITUATIONS.field: ("situations", {"situation": _text(45)}),
    PAIRS.field: ("pairs", {"keeps": _text(35), "fails": _text(34)}),
    GROUNDED.field: ("critic: grounded", {"grounded": True, "reason": _text(9)}),
    "better": ("critic: better", {"better": "first", "reason": _text(12)}),
}


class _PlaceholderChat(ChatBase):
    """Answers every request with as many typical entries as its schema allows, and counts calls and tokens."""

    name = "dry run"

    def __init__(self) -> None:
        self.usage = Usage()
        self.steps: dict[str, list[int]] = {step: [0, 0, 0] for step, _ in _TYPICAL.values()}

    def stream(self, requests: Iterable[Request], on_reply: OnReply) -> None:
        for position, request in enumerate(requests):
            ((first, field),) = islice(json.loads(request.schema or "")["properties"].items(), 1)
            (step, entry), count = _TYPICAL[first], field.get("maxItems", 1)
            # Each entry contains its number, so that prompts which show different entries stay different requests.
            texts = [json.dumps({"number": n, **entry}).replace("#", str(n)) for n in range(1, count + 1)]
            text = f'{{"{first}": [{", ".join(texts)}]}}' if "maxItems" in field else texts[0]
            prompt = sum(len(content) for _, content in request.messages)
            sums = self.steps[step]
            sums[:] = sums[0] + 1, sums[1] + round(prompt / _CHARACTERS), sums[2] + round(len(text) / _CHARACTERS)
            on_reply(position, Reply(text, "stop"))


def estimate_steps(document: Document, chunks: list[Chunk], prompts: Prompts, settings: Settings) -> list[StepEstimate]:
    """Estimate the calls and tokens of each step of a synthesis with a chat model as the teacher."""

    def ignore_progress(step: str, done: int, total: int) -> None:
        """A dry run reports no progress."""

    chat = _PlaceholderChat()
    teacher = ModelTeacher(chat, prompts, settings)
    instructions = teacher.instruct(document, chunks, ignore_progress).drafts
    pairs = teacher.scenario(document, chunks, ignore_progress).drafts
    for drafts in (instructions, pairs) if "grounded" in settings.critics else ():
        teacher.judge_grounding(document, drafts, ignore_progress)
    if "better" in settings.critics:
        teacher.judge_preference(document, pairs, ignore_progress)
    return [StepEstimate(step, *sums) for step, sums in chat.steps.items()]
