"""Few-shot prompting: training items as earlier turns of the conversation.

`choose: nearest` shows the items whose prompts are most similar to the question, the most similar one last, next to the
question (Liu et al. 2022, "What Makes Good In-Context Examples for GPT-3?"): it is the stronger baseline, since the
examples bring facts of the question's own section along, as SFT's training on the same items does. `choose: fixed`
shows the same items to every question, one section after another in the document's order: it teaches form and register
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from baselines.conversation import ConversationChange, Turns
from baselines.prompting import PromptJob, PromptMethod
from baselines.retrieval.index import Found
from tasks.data.folder import DataFolder
from tasks.data.types import Instruction
from valign.embedding import shared_embedder
from valign.errors import InputError
from valign.models.locate import MINILM, locate


class Examples(ConversationChange):
    """Puts training items before the question as earlier turns."""

    def __init__(self, job: PromptJob) -> None:
        """Read the items.

        Raises:
            InputError: `choose` is neither `nearest` nor `fixed`, or `examples` is below 1.
        """
        check(job.settings)
        self.tag = f"{job.settings['choose']}{job.settings['examples']}"
        self._items, self._number = job.folder.instructions(), int(job.settings["examples"])
        self._fixed = fixed(self._items, self._number) if job.settings["choose"] == "fixed" else None
        self._embedder = shared_embedder(locate(job.settings["embedder"]))

    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """See `ConversationChange`; the examples come behind a system turn."""
        start = 1 if history[0]["role"] == "system" else 0
        turns = [turn for item in self.examples(question) for turn in _turns(item)]
        return [*history[:start], *turns, *history[start:]], []

    def examples(self, question: str) -> list[Instruction]:
        """The items shown for a question; an item with this very prompt is not among the nearest."""
        if self._fixed is not None:
            return self._fixed
        near = self._prompts @ self._embedder.vectors([question], "query")[0]
        order = (at for at in (-near).argsort(kind="stable") if self._items[at].prompt != question)
        return [self._items[at] for at in islice(order, self._number)][::-1]

    @cached_property
    def _prompts(self) -> np.ndarray:
        return self._embedder.vectors([item.prompt for item in self._items], "query")

    def embed_questions(self, questions: Sequence[str]) -> None:
        """See `ConversationChange`."""
        if self._fixed is None and questions:
            self._embedder.vectors(questions, "query")


def fixed(items: Sequence[Instruction], number: int) -> list[Instruction]:
    """The first item of each section, then the second of each, …: `number` of them, of as many kinds as there are."""
    waiting = [*items]
    chosen: list[Instruction] = []
    while waiting and len(chosen) < number:
        kinds, sections = [one.kind for one in chosen], [one.section for one in chosen]
        best = min(waiting, key=lambda one: (sections.count(one.section), kinds.count(one.kind)))
        waiting.remove(best)
        chosen.append(best)
    return chosen


def check(settings: Mapping[str, Any]) -> None:
    """Check the settings' values.

    Raises:
        InputError: see `Examples`.
    """
    if settings["choose"] not in ("nearest", "fixed"):
        raise InputError(f"method few-shot: choose: expected nearest or fixed, not {settings['choose']!r}")
    if settings["examples"] < 1:
        raise InputError(f"method few-shot: examples: expected 1 or more, not {settings['examples']}")


def _turns(item: Instruction) -> Turns:
    return [{"role": "user", "content": item.prompt}, {"role": "assistant", "content": item.completion}]


def _adds(folder: DataFolder, settings: Mapping[str, Any], retrieval: bool) -> str:
    """The longest items, of which no more are shown."""
    check(settings)
    texts = sorted((f"{item.prompt}\n{item.completion}" for item in folder.instructions()), key=len, reverse=True)
    return "\n".join(texts[: settings["examples"]])


METHOD = PromptMethod(
    name="few-shot",
    label="few-shot",
    reads="instructions",
    summary="training items as earlier turns of the conversation: the nearest ones, or fixed ones",
    change=Examples,
    adds=_adds,
    defaults={"examples": 4, "choose": "nearest", "embedder": MINILM},
)
