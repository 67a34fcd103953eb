"""The document as system prompt, with the instruction to keep to it: what a reader tries before any training.

Without retrieval the whole document is shown, which must fit into the model's context; with retrieval the passages that
are found for the question. Askell et al. 2021 ("A General Language Assistant as a Laboratory for Alignment", section 2)
take prompting for the baseline of alignment; it costs no training, and its prompt tokens with every question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from baselines.conversation import ConversationChange, Turns, with_system
from baselines.prompting import PromptJob, PromptMethod
from baselines.retrieval.index import Found
from tasks.data.folder import DataFolder
from valign.templates import compiled, read_template

_SHIPPED = str(Path(__file__).with_name("prompted.jinja"))


class SystemPrompt(ConversationChange):
    """Puts the document, or the passages that are found for the question, into the system turn."""

    tag = "prompted"

    def __init__(self, job: PromptJob) -> None:
        """Read the document and the prompt."""
        self._job, self._template = job, compiled(_read(job.settings))
        self._title = job.folder.document().title
        self._whole = "" if job.index else _adds(job.folder, job.settings, False)

    def changed(self, history: Turns, question: str) -> tuple[Turns, list[Found]]:
        """See `ConversationChange`."""
        if self._job.index is None:
            return with_system(history, self._whole), []
        (found,) = self._job.index.search([question], self._job.top_k)
        text = self._template.render(title=self._title, passages=[one.passage.text for one in found])
        return with_system(history, text), found

    def embed_questions(self, questions: Sequence[str]) -> None:
        """See `ConversationChange`."""
        if self._job.index is not None:
            self._job.index.embed_questions(questions)


def _read(settings: Mapping[str, Any]) -> str:
    return read_template(Path(settings["prompt"] or _SHIPPED), "system prompt", ("passages",), ("title",))


def _adds(folder: DataFolder, settings: Mapping[str, Any], retrieval: bool) -> str:
    """The system prompt; with retrieval that without passages."""
    document = folder.document()
    shown = [] if retrieval else [f"{section.title}\n{section.text}" for section in document.sections]
    text: str = compiled(_read(settings)).render(title=document.title, passages=shown)
    return text


METHOD = PromptMethod(
    name="prompted",
    label="prompted",
    reads="document",
    summary="the document, or its retrieved passages, as system prompt with the instruction to keep to it",
    change=SystemPrompt,
    adds=_adds,
    defaults={"prompt": ""},
    retrieves=True,
)
