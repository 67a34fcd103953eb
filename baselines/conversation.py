"""Changes to a conversation before a model sees it: the type that retrieval and prompting methods share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from baselines.retrieval.index import Found
from valign.errors import InputError

#: A conversation in the usual form: `role` and `content` of each turn.
Turns = list[dict[str, str]]


class ConversationChange(ABC):
    """Adds something to a conversation: passages, instructions, examples."""

    #: Names the change; two that give other conversations have other tags.
    tag: str

    @abstractmethod
    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """The conversation that the model is to see, and the passages that were added to it.

        `history` is not changed; `question` is the content of its last user turn.
        """

    def embed_questions(self, questions: Sequence[str]) -> None:  # noqa: B027 - a change need not embed
        """Prepare for these questions in batches, which is several times faster than one by one."""


def last_user_turn(history: Turns) -> int:
    """The position of the last user turn.

    Raises:
        InputError: there is none.
    """
    at = max((i for i, turn in enumerate(history) if turn["role"] == "user"), default=None)
    if at is None:
        raise InputError("the conversation has no user turn; expected one with the question")
    return at


def with_system(history: Turns, text: str) -> Turns:
    """The conversation with `text` as its system turn, before what a system turn says already."""
    if history and history[0]["role"] == "system":
        text, history = f"{text}\n\n{history[0]['content']}", history[1:]
    return [{"role": "system", "content": text}, *history]


def without_system(history: Turns) -> Turns:
    """The conversation with its system turn at the start of the first user turn."""
    system, others = history[0], history[1:]
    at = next(i for i, turn in enumerate(others) if turn["role"] == "user")
    first = {**others[at], "content": f"{system['content']}\n\n{others[at]['content']}"}
    return [*others[:at], first, *others[at + 1 :]]
