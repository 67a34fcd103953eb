"""Structured output from a chat model: prompts of one step, answers parsed as JSON, retries where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Generic

from alignment.synthesis.parsing import AnswerSchema, AnyEntry
from alignment.synthesis.types import OnProgress
from valign.chat.base import Answer, Chat, Failure, Request

#: Attempts for a prompt in all, and the lowest sampling temperature of a retry.
MAX_ATTEMPTS, _RETRY_TEMPERATURE = 3, 0.4
UNPARSED = "no JSON of the shape asked for"


class JsonPrompter:
    """Sends prompts to a chat model. `reasked` counts answers that were requested again: unparsable or cut off."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.reasked = chat, 0

    def send(
        self,
        step: str,
        prompts: Sequence[tuple[str, int]],
        schema: AnswerSchema[AnyEntry],
        on_progress: OnProgress,
        temperature: float = 0.0,
    ) -> list[list[AnyEntry] | Failure]:
        """The parsed entries of each answer, in the order of the prompts, or why there are none.

        Args:
            step: name of the step for `on_progress`.
            prompts: texts, and how many entries each asks for.
            schema: the expected form of the answers.
            on_progress: is told how many prompts are done.
            temperature: sampling temperature of the first attempt.
        """
        exchanges = [_Exchange(text, count, schema, temperature) for text, count in prompts]
        pending = exchanges
        for attempt in range(MAX_ATTEMPTS):
            requests = [exchange.request(attempt) for exchange in pending]
            label = step if attempt == 0 else f"{step} (retry)"
            answers = self.chat.ask(requests, partial(_report, on_progress, label, len(pending)))
            pending = [e for e, answer in zip(pending, answers, strict=True) if not e.accept(answer)]
            self.reasked += len(pending) if attempt + 1 < MAX_ATTEMPTS else 0
            if not pending:
                break
        return [exchange.entries or exchange.failure for exchange in exchanges]


class _Exchange(Generic[AnyEntry]):
    """One prompt over its attempts: the best entries so far, and the token limit of the next answer."""

    def __init__(self, text: str, count: int, schema: AnswerSchema[AnyEntry], temperature: float) -> None:
        self._text, self._count, self._schema, self._temperature = text, count, schema, temperature
        self._max_tokens = schema.max_tokens(count)
        self.entries: list[AnyEntry] = []
        self.failure = Failure(UNPARSED, MAX_ATTEMPTS)

    def request(self, attempt: int) -> Request:
        """The next request. Retries sample, because at temperature 0 the model would repeat its unusable answer."""
        temperature = max(self._temperature, _RETRY_TEMPERATURE) if attempt else self._temperature
        schema = self._schema.json_schema(self._count)
        return Request((("user", self._text),), self._max_tokens, temperature, schema, attempt=attempt)

    def accept(self, answer: Answer) -> bool:
        """Take an answer; False if a retry could give more.

        The token limit doubles after an answer that was cut off: in some scripts a token holds a single character.
        """
        if isinstance(answer, Failure):
            self.failure = answer
            return True
        cut = answer.finish_reason == "length"
        found = self._schema.parse(answer.text, cut, self._count)
        self.entries = max(self.entries, found, key=len)
        if cut and len(found) < self._count:
            self._max_tokens *= 2
            return False
        return bool(found)


def _report(on_progress: OnProgress, label: str, count: int, done: int) -> None:
    on_progress(label, done, count)
