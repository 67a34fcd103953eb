"""Retrieval-augmented generation as a wrapper for lm-eval models.

lm-eval renders conversations to strings with the model's `apply_chat_template`, for generation and likelihood tasks
alike. The wrapper adds the passages there, to the last user turn, and delegates everything else to the inner model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lm_eval.api.model import LM

from baselines.retrieval.index import Index, Passage
from valign.errors import InputError
from valign.templates import compiled


class RetrievalLM(LM):
    """An LM whose prompts contain the passages of a document that are most similar to the question.

    `retrieved` maps each rendered prompt to its passages.
    """

    def __init__(self, inner: LM, index: Index, top_k: int, template: str) -> None:
        """Wrap `inner`; `template` is Jinja with `passages` (texts, most similar first) and `question`."""
        super().__init__()
        self.inner, self.index, self.top_k = inner, index, top_k
        self.retrieved: dict[str, list[Passage]] = {}
        self._template = compiled(template)

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Render the conversation with the passages added to its last user turn.

        Raises:
            InputError: the conversation has no user turn.
        """
        at = max((i for i, turn in enumerate(chat_history) if turn["role"] == "user"), default=None)
        if at is None:
            raise InputError("retrieval: the conversation has no user turn; expected one to find passages for")
        question = chat_history[at]["content"]
        passages = self.index.search([question], self.top_k)[0]
        content = self._template.render(passages=[p.chunk.text for p in passages], question=question)
        history = [*chat_history[:at], {**chat_history[at], "content": content}, *chat_history[at + 1 :]]
        rendered = self.inner.apply_chat_template(history, add_generation_prompt)
        self.retrieved[rendered] = passages
        return rendered

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Embed the questions of later conversations in batches, which is several times faster than one by one."""
        self.index.embed_questions(questions)

    def generate_until(self, requests: list[Any]) -> list[str]:
        """As the inner model."""
        return self.inner.generate_until(requests)

    def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
        """As the inner model."""
        return self.inner.loglikelihood(requests)

    def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
        """As the inner model; running text has no question to retrieve passages for."""
        return self.inner.loglikelihood_rolling(requests)

    @property
    def tokenizer_name(self) -> str:
        """The inner model's name with a suffix, because lm-eval's cache of prompts must not be shared with it."""
        return f"{self.inner.tokenizer_name}+retrieval{self.top_k}"

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """As the inner model."""
        return self.inner.chat_template(chat_template)

    def __getattr__(self, name: str) -> Any:
        """All other attributes (device, batch size, tokenizer, …) are those of the inner model."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)
