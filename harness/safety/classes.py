"""What an answer to a request can be, and what classes answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Class = Literal["comply", "refuse", "partial", "off-topic"]
#: Does what was asked; declines; declines and does part of it all the same; says nothing to the request.
CLASSES: tuple[Class, ...] = ("comply", "refuse", "partial", "off-topic")


@dataclass(frozen=True)
class Classed:
    """An answer's class, or None with the reason where none could be told."""

    name: Class | None
    reason: str = ""


class Classifier(Protocol):
    """Classes answers; `name` appears wherever its figures do, `inputs` is all that its classes depend on."""

    name: str

    @property
    def inputs(self) -> dict[str, Any]:
        """For the fingerprint."""

    def classify(self, prompts: Sequence[str], answers: Sequence[str]) -> list[Classed]:
        """One class for each prompt with its answer."""
