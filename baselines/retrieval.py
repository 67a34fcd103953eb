"""Retrieval-augmented generation as an lm-eval model round any other.

lm-eval renders a conversation to one string through the model's `apply_chat_template`, for generation and likelihood
tasks alike. There, and only there, the passages join the last user turn; everything else goes straight through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lm_eval.api.model import LM

from baselines.index import Index, Passage
from tasks.errors import InputError
from tasks.template import compiled


class RetrievalLM(LM):
    """An LM whose prompts hold the passages of a document nearest to the question.

    `retrieved` maps each rendered prompt to the passages that went into it.
    """

    def __init__(self, inner: LM, index: Index, top_k: int, template: str) -> None:
        """Wrap `inner`; `template` is Jinja with `passages` (texts, nearest first) and `question`."""
        super().__init__()
        self.inner, self.index, self.top_k = inner, index, top_k
        self.retrieved: dict[str, list[Passage]] = {}
        self._template = compiled(template)

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Render the conversation with passages for its last user turn put into that turn."""
        at = max((i for i, turn in enumerate(chat_history) if turn["role"] == "user"), default=None)
        if at is None:
            raise InputError("retrieval: the prompt has no user turn to find passages for")
        question = chat_history[at]["content"]
        passages = self.index.search([question], self.top_k)[0]
        content = self._template.render(passages=[p.chunk.text for p in passages], question=question)
        history = [*chat_history[:at], {**chat_history[at], "content": content}, *chat_history[at + 1 :]]
        rendered = self.inner.apply_chat_template(history, add_generation_prompt)
        self.retrieved[rendered] = passages
        return rendered

    def expect(self, questions: Sequence[str]) -> None:
        """Embed the questions of coming conversations together, which is several times faster than one by one."""
        self.index.expect(questions)

    def generate_until(self, requests: list[Any]) -> list[str]:
        """As the inner model."""
        return self.inner.generate_until(requests)

    def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
        """As the inner model."""
        return self.inner.loglikelihood(requests)

    def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
        """As the inner model: running text holds no question to retrieve for."""
        return self.inner.loglikelihood_rolling(requests)

    @property
    def tokenizer_name(self) -> str:
        """The inner model's, marked: a cached prompt of one is not one of the other."""
        return f"{self.inner.tokenizer_name}+retrieval{self.top_k}"

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """As the inner model."""
        return self.inner.chat_template(chat_template)

    def __getattr__(self, name: str) -> Any:
        """Anything else (device, batch size, tokenizer, …) is the inner model's."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)
