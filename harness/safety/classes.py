"""The classes of answers to requests, and the interface of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Class = Literal["comply", "refuse", "partial", "off-topic"]
#: Does what was requested; declines; declines but does a part of it; has nothing to do with the request.
CLASSES: tuple[Class, ...] = ("comply", "refuse", "partial", "off-topic")


@dataclass(frozen=True)
class Classed:
    """An answer's class, or None with the reason why it has none."""

    name: Class | None
    reason: str = ""


class Classifier(Protocol):
    """Classes answers. `name` is printed with its figures, `inputs` is all that its classes depend on."""

    name: str

    @property
    def inputs(self) -> dict[str, Any]:
        """For the fingerprint."""

    def classify(self, prompts: Sequence[str], answers: Sequence[str]) -> list[Classed]:
        """One class for each prompt with its answer."""
