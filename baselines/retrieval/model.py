"""Retrieval-augmented generation as a wrapper for lm-eval models: passages are added to the last user turn."""

from __future__ import annotations

from collections.abc import Sequence

from lm_eval.api.model import LM

from baselines.conversation import ConversationLM, Turns, last_user_turn
from baselines.retrieval.index import Found, Index
from valign.templates import compiled


class RetrievalLM(ConversationLM):
    """An LM whose prompts contain the passages of a document that are found for the question."""

    def __init__(self, inner: LM, index: Index, top_k: int, template: str) -> None:
        """Wrap `inner`; `template` is Jinja with `passages` (titled texts, best first) and `question`."""
        super().__init__(inner)
        self.index, self.top_k, self.tag = index, top_k, f"retrieval{top_k}"
        self._template = compiled(template)

    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """The conversation with the passages in its last user turn."""
        (passages,) = self.index.search([question], self.top_k)
        content = self._template.render(passages=[one.passage.text for one in passages], question=question)
        at = last_user_turn(history)
        return [*history[:at], {**history[at], "content": content}, *history[at + 1 :]], passages

    def embed_questions(self, questions: Sequence[str]) -> None:
        """Embed the questions of later conversations in batches."""
        self.index.embed_questions(questions)
        super().embed_questions(questions)
