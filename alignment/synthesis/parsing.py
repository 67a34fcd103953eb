"""A model's answer to JSON of a known shape: strict where it can be, tolerant where it must be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alignment.synthesis.forms import FORMS

#: What an answer's room is reckoned by: tokens round the list, round each entry, and fewest characters to a token.
_FRAME_TOKENS, _ENTRY_TOKENS, _CHARACTERS_PER_TOKEN = 64, 24, 2.5
_NO_REASON = "no reason given"
_FORM_NAMES = (*(form.name for form in FORMS), "yes or no")


def _text(least: int, most: int) -> Any:
    """Text of so many characters, as a schema has it: a weak model neither leaves it out nor writes on for ever.

    The bounds lie outside those of validation, and what a server without schemas answers is not held to them.
    """
    return Field(json_schema_extra={"minLength": least, "maxLength": most})


class Entry(BaseModel):
    """One entry of an answer's list; text is stripped and may not be empty, and other keys are passed over.

    The fields stand in the order in which the prompts show them: constrained decoding writes them in that order.
    """

    model_config = ConfigDict(str_strip_whitespace=True, str_min_length=1)


class Question(Entry):
    """A question and the form it was asked for in."""

    form: str = Field(json_schema_extra={"enum": [*_FORM_NAMES]})
    question: str = _text(15, 250)


class NumberedAnswer(Entry):
    """The answer to the question of that number."""

    number: int
    answer: str = _text(30, 400)


class Value(Entry):
    """A value of the passage: stated in so many words, or implied."""

    value: str = _text(3, 120)
    stated: Literal["explicit", "implied"] = "implied"


class Situation(Entry):
    """The situation for the value of that number."""

    number: int
    situation: str = _text(30, 600)


class Pair(Entry):
    """The two answers to the situation of that number."""

    number: int
    keeps: str = _text(30, 400)
    fails: str = _text(30, 400)


def _given(reason: Any) -> Any:
    return reason if not isinstance(reason, str) or reason.strip() else _NO_REASON


#: A critic's reason; a verdict holds without one.
Reason = Annotated[str, BeforeValidator(_given), Field(json_schema_extra={"maxLength": 150})]


class Grounding(Entry):
    """A critic's verdict on the answer of that number."""

    number: int
    grounded: bool
    reason: Reason = _NO_REASON


class Better(Entry):
    """A critic's verdict on two answers."""

    better: Literal["first", "second", "neither"]
    reason: Reason = _NO_REASON


AnyEntry = TypeVar("AnyEntry", bound=Entry)


@dataclass(frozen=True)
class Shape(Generic[AnyEntry]):
    """An object that holds a list of entries under `field`; where that is empty, the entry is the whole object.

    Where it is `exact`, the list has as many entries as are asked for, otherwise at least one.
    """

    field: str
    entry: type[AnyEntry]
    exact: bool = True

    def schema(self, count: int) -> str:
        """The shape with `count` entries as JSON Schema text; as strict servers want it, with every key required."""
        properties = dict(self._properties)
        if "number" in properties:
            properties["number"] = {**properties["number"], "minimum": 1, "maximum": count}
        whole = _strict(properties)
        if self.field:
            # A list without bounds is closed at once by one weak model, and never by another.
            listed = {"type": "array", "items": whole, "minItems": count if self.exact else 1, "maxItems": count}
            whole = _strict({self.field: listed})
        return json.dumps(whole, separators=(",", ":"))

    def room(self, count: int) -> int:
        """Tokens that an answer of `count` entries may have: enough for the longest that the schema allows."""
        characters = sum(part.get("maxLength", 0) for part in self._properties.values())
        return _FRAME_TOKENS + count * (_ENTRY_TOKENS + round(characters / _CHARACTERS_PER_TOKEN))

    @cached_property
    def _properties(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, part in self.entry.model_json_schema()["properties"].items():
            passed_over = ("title", "default", *(["minLength"] if "enum" in part else []))
            found[name] = {key: value for key, value in part.items() if key not in passed_over}
        return found

    def parse(self, text: str, cut: bool, count: int = 0) -> list[AnyEntry]:
        """The entries in a text that are as they should be; none where there is no JSON of this shape.

        Fences and prose round the JSON are passed over and small faults mended (json-repair). Where the answer was
        `cut` by its length, an entry that had to be mended at the end is dropped: it may be half of one. Where there
        are `count` entries, as asked for, and their numbers are not 1 to `count`, their places number them.
        """
        found, mended = _load(text)
        if not self.field:
            entries = [found]
        else:
            entries = _list(found, self.field)
            entries = entries[:-1] if mended and cut else entries
        if "number" in self.entry.model_fields and len(entries) == count:
            entries = _numbered(entries)
        return [entry for raw in entries if (entry := self._entry(raw)) is not None]

    def _entry(self, raw: Any) -> AnyEntry | None:
        try:
            return self.entry.model_validate(raw)
        except ValidationError:
            return None


QUESTIONS, ANSWERS = Shape("questions", Question), Shape("answers", NumberedAnswer)
VALUES, SITUATIONS, PAIRS = Shape("values", Value, False), Shape("situations", Situation), Shape("pairs", Pair)
GROUNDED, BETTER = Shape("verdicts", Grounding), Shape("", Better)


def _strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _numbered(entries: list[Any]) -> list[Any]:
    """Entries as they are where they bear the numbers from 1, each once; numbered by their places otherwise."""
    numbers = [str(raw.get("number")) if isinstance(raw, dict) else "" for raw in entries]
    if sorted(numbers) == sorted(str(n) for n in range(1, len(entries) + 1)):
        return entries
    return [{**raw, "number": n} if isinstance(raw, dict) else raw for n, raw in enumerate(entries, 1)]


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
