"""One step of a pipeline: the same kind of question on many chunks, parsed, and asked again where it has to be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Generic

from alignment.chat.base import Answer, Chat, Failure, Request
from alignment.synthesis.parsing import AnyEntry, Shape
from alignment.synthesis.types import Progress

#: How often a prompt is asked in all, and how warm the model is when it is asked again.
ASKS, _WARM = 3, 0.4
UNPARSED = "no JSON of the shape asked for"


class Asker:
    """Asks a chat model and counts the answers that were asked for again: of no use, or cut by their length."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.reasked = chat, 0

    def ask(
        self,
        name: str,
        prompts: Sequence[tuple[str, int]],
        shape: Shape[AnyEntry],
        progress: Progress,
        temperature: float = 0.0,
    ) -> list[list[AnyEntry] | Failure]:
        """The entries that each prompt brought, in order, or why it brought none.

        Args:
            name: what is asked for, as the progress says it.
            prompts: texts, and how many entries each asks for.
            shape: the shape of the answer.
            progress: hears how much is done.
            temperature: at which the model answers the first time.
        """
        asked = [_Asked(text, count, shape, temperature) for text, count in prompts]
        pending = asked
        for attempt in range(ASKS):
            requests = [one.request(attempt) for one in pending]
            label = name if attempt == 0 else f"{name}, asked again"
            answers = self.chat.ask(requests, partial(_tell, progress, label, len(pending)))
            pending = [one for one, answer in zip(pending, answers, strict=True) if not one.settled(answer)]
            self.reasked += len(pending) if attempt + 1 < ASKS else 0
            if not pending:
                break
        return [one.entries or one.failure for one in asked]


class _Asked(Generic[AnyEntry]):
    """One prompt: what came of it so far, and the room that its next answer has."""

    def __init__(self, text: str, count: int, shape: Shape[AnyEntry], temperature: float) -> None:
        self._text, self._count, self._shape, self._room = text, count, shape, shape.room(count)
        self._temperature = temperature
        self.entries: list[AnyEntry] = []
        self.failure = Failure(UNPARSED, ASKS)

    def request(self, attempt: int) -> Request:
        """What is asked: warmer the second time, for a model that wrote no JSON at temperature 0 would do so again."""
        temperature = max(self._temperature, _WARM) if attempt else self._temperature
        schema = self._shape.schema(self._count)
        return Request((("user", self._text),), self._room, temperature, schema, attempt=attempt)

    def settled(self, answer: Answer) -> bool:
        """Take an answer; whether nothing more is to be had by asking again.

        One that was cut by its length gets twice the room: a script of which a token holds one character needs it.
        """
        if isinstance(answer, Failure):
            self.failure = answer
            return True
        cut = answer.finish_reason == "length"
        found = self._shape.parse(answer.text, cut, self._count)
        self.entries = max(self.entries, found, key=len)
        if cut and len(found) < self._count:
            self._room *= 2
            return False
        return bool(found)


def _tell(progress: Progress, label: str, count: int, done: int) -> None:
    progress(label, done, count)
