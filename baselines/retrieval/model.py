"""Retrieval-augmented generation as a wrapper for lm-eval models: passages are added to the last user turn."""

from __future__ import annotations

from collections.abc import Sequence

from lm_eval.api.model import LM

from baselines.conversation import ConversationChange, Turns, last_user_turn
from baselines.model import ConversationLM
from baselines.retrieval.index import Found, Index
from valign.templates import compiled


class AddPassages(ConversationChange):
    """Puts the passages of a document that are found for the question into the last user turn."""

    def __init__(self, index: Index, top_k: int, template: str) -> None:
        """`template` is Jinja with `passages` (titled texts, best first) and `question`."""
        self.index, self.top_k, self.tag = index, top_k, f"retrieval{top_k}"
        self._template = compiled(template)

    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """See `ConversationChange`."""
        (passages,) = self.index.search([question], self.top_k)
        content = self._template.render(passages=[one.passage.text for one in passages], question=question)
        at = last_user_turn(history)
        return [*history[:at], {**history[at], "content": content}, *history[at + 1 :]], passages

    def embed_questions(self, questions: Sequence[str]) -> None:
        """See `ConversationChange`."""
        self.index.embed_questions(questions)


class RetrievalLM(ConversationLM):
    """An LM whose prompts contain the passages of a document that are found for the question."""

    def __init__(self, inner: LM, index: Index, top_k: int, template: str) -> None:
        """See `AddPassages`."""
        super().__init__(inner, AddPassages(index, top_k, template))
