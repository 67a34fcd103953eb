"""A model's answer to JSON of a known shape: strict where it can be, tolerant where it must be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Entry(BaseModel):
    """One entry of an answer's list; text is stripped and may not be empty, and other keys are passed over."""

    model_config = ConfigDict(str_strip_whitespace=True, str_min_length=1)


class Question(Entry):
    """A question and the form it was asked for in."""

    form: str
    question: str


class NumberedAnswer(Entry):
    """The answer to the question of that number."""

    number: int
    answer: str


class Value(Entry):
    """A value of the passage: stated in so many words, or implied."""

    value: str
    stated: Literal["explicit", "implied"] = "implied"


class Situation(Entry):
    """The situation for the value of that number."""

    number: int
    situation: str


class Pair(Entry):
    """The two answers to the situation of that number."""

    number: int
    keeps: str
    fails: str


class Grounding(Entry):
    """A critic's verdict on the answer of that number."""

    number: int
    grounded: bool
    reason: str = "no reason given"


class Better(Entry):
    """A critic's verdict on two answers."""

    better: Literal["first", "second", "neither"]
    reason: str = "no reason given"


AnyEntry = TypeVar("AnyEntry", bound=Entry)


@dataclass(frozen=True)
class Shape(Generic[AnyEntry]):
    """An object that holds a list of entries under `field`; where that is empty, the entry is the whole object."""

    field: str
    entry: type[AnyEntry]

    @property
    def schema(self) -> str:
        """The shape as JSON Schema, in canonical JSON text; as strict servers want it, with every key required."""
        entry = _strict(self.entry.model_json_schema())
        listed = {"type": "array", "items": entry, "minItems": 1}  # or a weak model closes the list at once
        whole = _strict({"type": "object", "properties": {self.field: listed}})
        return json.dumps(whole if self.field else entry, sort_keys=True, separators=(",", ":"))

    def parse(self, text: str, cut: bool) -> list[AnyEntry]:
        """The entries in a text that are as they should be; none where there is no JSON of this shape.

        Fences and prose round the JSON are passed over and small faults mended (json-repair). Where the answer was
        `cut` by its length, an entry that had to be mended at the end is dropped: it may be half of one.
        """
        found, mended = _load(text)
        if not self.field:
            entries = [found]
        else:
            entries = _list(found, self.field)
            entries = entries[:-1] if mended and cut else entries
        return [entry for raw in entries if (entry := self._entry(raw)) is not None]

    def _entry(self, raw: Any) -> AnyEntry | None:
        try:
            return self.entry.model_validate(raw)
        except ValidationError:
            return None


QUESTIONS, ANSWERS = Shape("questions", Question), Shape("answers", NumberedAnswer)
VALUES, SITUATIONS, PAIRS = Shape("values", Value), Shape("situations", Situation), Shape("pairs", Pair)
GROUNDED, BETTER = Shape("verdicts", Grounding), Shape("", Better)


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: {key: value for key, value in part.items() if key not in ("title", "default", "minLength")}
        for name, part in schema["properties"].items()
    }
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def _load(text: str) -> tuple[Any, bool]:
    """What a text holds as JSON, and whether it had to be mended."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        return None, True
    begun = text[min(starts) :]
    try:
        return json.JSONDecoder().raw_decode(begun)[0], False
    except json.JSONDecodeError:
        from json_repair import loads

        return loads(begun), True


def _list(found: Any, field: str) -> list[Any]:
    """The list under `field`, or the one list that an object of another key holds, or the list itself."""
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = found.get(field) if isinstance(found.get(field), list) else lists[0] if len(lists) == 1 else [found]
    return found if isinstance(found, list) else []
