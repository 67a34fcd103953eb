"""One step of a pipeline: the same kind of question on many chunks, parsed, and asked again where it has to be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from alignment.chat.base import Chat, Failure, Request
from alignment.synthesis.parsing import AnyEntry, Shape
from alignment.synthesis.types import Progress

#: How often a prompt is asked in all, and how warm the model is when it is asked again.
ASKS, _WARM = 3, 0.4
UNPARSED = "no JSON of the shape asked for"


class Asker:
    """Asks a chat model and counts the answers that could not be used."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.reasked = chat, 0

    def ask(
        self, name: str, prompts: Sequence[tuple[str, int]], shape: Shape[AnyEntry], progress: Progress
    ) -> list[list[AnyEntry] | Failure]:
        """The entries that each prompt brought, in order, or why it brought none.

        Args:
            name: what is asked for, as the progress says it.
            prompts: texts, and the most tokens that the answer may have.
            shape: the shape of the answer.
            progress: hears how much is done.
        """
        results: list[list[AnyEntry] | Failure] = [Failure("", 0)] * len(prompts)
        pending = list(range(len(prompts)))
        for attempt in range(ASKS):
            requests = [self._request(*prompts[n], shape.schema, attempt) for n in pending]
            label = name if attempt == 0 else f"{name}, asked again"
            answers = self.chat.ask(requests, partial(_tell, progress, label, len(pending)))
            again = []
            for n, answer in zip(pending, answers, strict=True):
                if isinstance(answer, Failure):
                    results[n] = answer
                elif entries := shape.parse(answer.text, cut=answer.finish_reason == "length"):
                    results[n] = entries
                else:
                    results[n] = Failure(UNPARSED, attempt + 1)
                    again.append(n)
            pending = again
            self.reasked += len(pending) if attempt + 1 < ASKS else 0
            if not pending:
                break
        return results

    @staticmethod
    def _request(prompt: str, max_tokens: int, schema: str, attempt: int) -> Request:
        # A model that answered with no JSON at temperature 0 would do so again.
        return Request((("user", prompt),), max_tokens, _WARM if attempt else 0.0, schema, attempt=attempt)


def _tell(progress: Progress, label: str, count: int, done: int) -> None:
    progress(label, done, count)
