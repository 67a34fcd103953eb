"""An lm-eval model round another one that changes conversations before they are rendered.

lm-eval renders conversations to strings with the model's `apply_chat_template`, for generation and likelihood tasks
alike. There the change is made; everything else is delegated to the inner model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lm_eval.api.model import LM

from baselines.conversation import ConversationChange, Turns, last_user_turn, without_system
from baselines.retrieval.index import Found

_PROBE = "valignsystemturn"


class ConversationLM(LM):
    """An LM that sees other conversations than it is given.

    `retrieved` maps each rendered prompt to the passages in it.
    """

    def __init__(self, inner: LM, change: ConversationChange) -> None:
        """Wrap `inner`, which can be another such model: the changes of the outer one come first."""
        super().__init__()
        self.inner, self.change = inner, change
        self.retrieved: dict[str, list[Found]] = getattr(inner, "retrieved", {})

    def apply_chat_template(self, chat_history: Turns, add_generation_prompt: bool = True) -> str:
        """Render the changed conversation.

        A system turn that the change adds begins the first user turn where the chat template knows no system turn:
        lm-eval would leave it out.

        Raises:
            InputError: the conversation has no user turn.
        """
        question = chat_history[last_user_turn(chat_history)]["content"]
        history, passages = self.change.changed(chat_history, question)
        if history[0]["role"] == "system" and history[0] != chat_history[0] and not self.knows_system:
            history = without_system(history)
        rendered: str = self.inner.apply_chat_template(history, add_generation_prompt)
        if passages:
            self.retrieved[rendered] = passages
        return rendered

    @cached_property
    def knows_system(self) -> bool:
        """Whether the inner model's chat template shows a system turn."""
        turns = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
        return _PROBE in str(self.inner.apply_chat_template(turns, True))

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Prepare for these questions in batches."""
        self.change.embed_questions(questions)
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
        """The inner model's name and the change's tag: lm-eval's cache of prompts must not be shared with it."""
        return f"{self.inner.tokenizer_name}+{self.change.tag}"

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """As the inner model."""
        return self.inner.chat_template(chat_template)

    def __getattr__(self, name: str) -> Any:
        """All other attributes (device, batch size, tokenizer, …) are those of the inner model."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)
