"""Methods that train nothing and change the prompt: their type, and what they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from baselines.conversation import ConversationChange
from baselines.retrieval.index import Index
from tasks.data.folder import DataFolder
from valign.errors import InputError, unknown


@dataclass(frozen=True)
class PromptJob:
    """What a prompting method works with.

    folder: the document with its training items. settings: the method's, complete. index: where the system has
    retrieval; then `top_k` passages are shown.
    """

    folder: DataFolder
    settings: Mapping[str, Any]
    index: Index | None = None
    top_k: int = 0


@dataclass(frozen=True)
class PromptMethod:
    """A method without training; a plug-in file defines one as `METHOD`.

    name: as in a recipe. label: as in tables. reads: the data that it shows. summary: one line for `valign methods`.
    change: builds what changes conversations. retrieves: whether that shows the passages itself; those of other methods
    come into the last user turn. adds: the text that it puts into every prompt, or one as long, from the
    data, the settings and whether there is retrieval. defaults: its settings. starts_from: the method whose checkpoint
    it prompts, or `seed`. version: raised when it makes other prompts of the same data and settings.
    """

    name: str
    label: str
    reads: Literal["document", "instructions"]
    summary: str
    change: Callable[[PromptJob], ConversationChange]
    adds: Callable[[DataFolder, Mapping[str, Any], bool], str]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    retrieves: bool = False
    starts_from: str = "seed"
    version: int = 1

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All settings: the defaults, changed by those given.

        Raises:
            InputError: a setting is unknown, or its value has another type than the default.
        """
        for name, value in given.items():
            if name not in self.defaults:
                if not self.defaults:
                    raise InputError(f"method {self.name}: takes no settings, but {name!r} was given")
                raise unknown(f"setting of method {self.name}", name, self.defaults)
            if type(value) is not type(self.defaults[name]):
                raise InputError(
                    f"method {self.name}: {name}: expected {type(self.defaults[name]).__name__}, not {value!r}"
                )
        return {**self.defaults, **given}
