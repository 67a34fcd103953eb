"""An lm-eval model round another one that changes conversations before they are rendered.

lm-eval renders conversations to strings with the model's `apply_chat_template`, for generation and likelihood tasks
alike. There passages, instructions and examples are added; everything else is delegated to the inner model.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lm_eval.api.model import LM

from baselines.retrieval.index import Found
from valign.errors import InputError

#: A conversation in the usual form: `role` and `content` of each turn.
Turns = list[dict[str, str]]
_PROBE = "valignsystemturn"


class ConversationLM(LM):
    """An LM that sees other conversations than it is given.

    `retrieved` maps each rendered prompt to the passages in it.
    """

    #: Ends the name of the tokenizer: lm-eval's cache of prompts must not be shared with the inner model.
    tag: str

    def __init__(self, inner: LM) -> None:
        """Wrap `inner`."""
        super().__init__()
        self.inner = inner
        self.retrieved: dict[str, list[Found]] = getattr(inner, "retrieved", {})

    @abstractmethod
    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """The conversation that the inner model is to see, and the passages that were added to it.

        `history` is not changed; `question` is the content of its last user turn.
        """

    def apply_chat_template(self, chat_history: Turns, add_generation_prompt: bool = True) -> str:
        """Render the changed conversation.

        Raises:
            InputError: the conversation has no user turn.
        """
        history, passages = self.changed(chat_history, chat_history[last_user_turn(chat_history)]["content"])
        rendered: str = self.inner.apply_chat_template(history, add_generation_prompt)
        if passages:
            self.retrieved[rendered] = passages
        return rendered

    def with_system(self, history: Turns, text: str) -> Turns:
        """The conversation with `text` as its system turn, before what a system turn says already.

        Where the chat template knows no system turn (lm-eval then leaves it out), the text begins the first user turn.
        """
        first = history
        if history and history[0]["role"] == "system":
            text, first = f"{text}\n\n{history[0]['content']}", history[1:]
        if self.knows_system:
            return [{"role": "system", "content": text}, *first]
        at = next(i for i, turn in enumerate(first) if turn["role"] == "user")
        opened = {**first[at], "content": f"{text}\n\n{first[at]['content']}"}
        return [*first[:at], opened, *first[at + 1 :]]

    @cached_property
    def knows_system(self) -> bool:
        """Whether the inner model's chat template shows a system turn."""
        turns = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
        return _PROBE in str(self.inner.apply_chat_template(turns, True))

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Prepare for these questions in batches, which is several times faster than one by one."""
        if isinstance(self.inner, ConversationLM):
            self.inner.embed_questions(questions)

    def generate_until(self, requests: list[Any]) -> list[str]:
        """As the inner model."""
        return self.inner.generate_until(requests)

    def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
        """As the inner model."""
        return self.inner.loglikelihood(requests)

    def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
        """As the inner model; running text has no question."""
        return self.inner.loglikelihood_rolling(requests)

    @property
    def tokenizer_name(self) -> str:
        """The inner model's name and this one's tag."""
        return f"{self.inner.tokenizer_name}+{self.tag}"

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """As the inner model."""
        return self.inner.chat_template(chat_template)

    def __getattr__(self, name: str) -> Any:
        """All other attributes (device, batch size, tokenizer, …) are those of the inner model."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


def last_user_turn(history: Turns) -> int:
    """The position of the last user turn.

    Raises:
        InputError: there is none.
    """
    at = max((i for i, turn in enumerate(history) if turn["role"] == "user"), default=None)
    if at is None:
        raise InputError("the conversation has no user turn; expected one with the question")
    return at
