"""The JSON that a model is asked for: its schema, its length, and parsing that tolerates small faults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alignment.synthesis.forms import FORMS

#: For the token limit of an answer: tokens around the list and around each entry, and fewest characters of a token.
_FRAME_TOKENS, _ENTRY_TOKENS, _CHARACTERS_PER_TOKEN = 64, 24, 2.5
_NO_REASON = "no reason given"
_FORM_NAMES = (*(form.name for form in FORMS), "yes or no")


def _text(least: int, most: int) -> Any:
    """A text field with `minLength` and `maxLength` in the schema, so that a weak model neither skips it nor rambles.

    The bounds are wider than those of validation. Answers of servers without schemas are not checked against them.
    """
    return Field(json_schema_extra={"minLength": least, "maxLength": most})


class Entry(BaseModel):
    """One entry in an answer's list. Text is stripped and must not be empty; unknown keys are ignored.

    The fields are in the order of the prompts, because constrained decoding writes them in the order of the schema.
    """

    model_config = ConfigDict(str_strip_whitespace=True, str_min_length=1)


class Question(Entry):
    """A question and the name of its form."""

    form: str = Field(json_schema_extra={"enum": [*_FORM_NAMES]})
    question: str = _text(15, 250)


class NumberedAnswer(Entry):
    """The answer to the question with this number."""

    number: int
    answer: str = _text(30, 400)


class Value(Entry):
    """A value that the passage states or implies."""

    value: str = _text(3, 120)
    stated: Literal["explicit", "implied"] = "implied"


class Situation(Entry):
    """The situation for the value with this number."""

    number: int
    situation: str = _text(30, 600)


class Pair(Entry):
    """The two answers to the situation with this number."""

    number: int
    keeps: str = _text(30, 400)
    fails: str = _text(30, 400)


def _reason_or_default(reason: Any) -> Any:
    return reason if not isinstance(reason, str) or reason.strip() else _NO_REASON


#: A critic's reason; it may be empty.
Reason = Annotated[str, BeforeValidator(_reason_or_default), Field(json_schema_extra={"maxLength": 150})]


class GroundedVerdict(Entry):
    """A critic's verdict on the answer with this number."""

    number: int
    grounded: bool
    reason: Reason = _NO_REASON


class BetterVerdict(Entry):
    """A critic's verdict on two answers."""

    better: Literal["first", "second", "neither"]
    reason: Reason = _NO_REASON


AnyEntry = TypeVar("AnyEntry", bound=Entry)


@dataclass(frozen=True)
class AnswerSchema(Generic[AnyEntry]):
    """A JSON object with a list of entries under `field`; with an empty `field`, the object is the only entry.

    If `exact`, the list has as many entries as are asked for, otherwise at least one.
    """

    field: str
    entry: type[AnyEntry]
    exact: bool = True

    def json_schema(self, count: int) -> str:
        """The JSON Schema for `count` entries as text; every key is required, as strict servers demand."""
        properties = dict(self._properties)
        if "number" in properties:
            properties["number"] = {**properties["number"], "minimum": 1, "maximum": count}
        whole = _strict(properties)
        if self.field:
            # Without bounds, some weak models close the list at once and others never do.
            listed = {"type": "array", "items": whole, "minItems": count if self.exact else 1, "maxItems": count}
            whole = _strict({self.field: listed})
        return json.dumps(whole, separators=(",", ":"))

    def max_tokens(self, count: int) -> int:
        """The token limit for an answer with `count` entries: enough for the longest that the schema allows."""
        characters = sum(part.get("maxLength", 0) for part in self._properties.values())
        return _FRAME_TOKENS + count * (_ENTRY_TOKENS + round(characters / _CHARACTERS_PER_TOKEN))

    @cached_property
    def _properties(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, part in self.entry.model_json_schema()["properties"].items():
            ignored = ("title", "default", *(["minLength"] if "enum" in part else []))
            found[name] = {key: value for key, value in part.items() if key not in ignored}
        return found

    def parse(self, text: str, cut: bool, count: int = 0) -> list[AnyEntry]:
        """The valid entries in an answer; an empty list if it has no JSON of this form.

        Code fences and prose around the JSON are ignored, and small faults are repaired (json-repair). If the answer
        was `cut` off and had to be repaired, the last entry is dropped, as it may be incomplete. If there are `count`
        entries and their numbers are not 1 to `count`, they are numbered by position.
        """
        found, repaired = _load(text)
        if not self.field:
            entries = [found]
        else:
            entries = _list(found, self.field)
            entries = entries[:-1] if repaired and cut else entries
        if "number" in self.entry.model_fields and len(entries) == count:
            entries = _numbered(entries)
        return [entry for raw in entries if (entry := self._entry(raw)) is not None]

    def _entry(self, raw: Any) -> AnyEntry | None:
        try:
            return self.entry.model_validate(raw)
        except ValidationError:
            return None


QUESTIONS, ANSWERS = AnswerSchema("questions", Question), AnswerSchema("answers", NumberedAnswer)
VALUES, SITUATIONS = AnswerSchema("values", Value, exact=False), AnswerSchema("situations", Situation)
PAIRS = AnswerSchema("pairs", Pair)
GROUNDED, BETTER = AnswerSchema("verdicts", GroundedVerdict), AnswerSchema("", BetterVerdict)


def _strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _numbered(entries: list[Any]) -> list[Any]:
    """The entries unchanged if their numbers are 1, 2, … in any order; otherwise numbered by position."""
    numbers = [str(raw.get("number")) if isinstance(raw, dict) else "" for raw in entries]
    if sorted(numbers) == sorted(str(n) for n in range(1, len(entries) + 1)):
        return entries
    return [{**raw, "number": n} if isinstance(raw, dict) else raw for n, raw in enumerate(entries, 1)]


def _load(text: str) -> tuple[Any, bool]:
    """The JSON in a text, and whether it had to be repaired."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        return None, True
    json_text = text[min(starts) :]
    try:
        return json.JSONDecoder().raw_decode(json_text)[0], False
    except json.JSONDecodeError:
        from json_repair import loads

        return loads(json_text), True


def _list(found: Any, field: str) -> list[Any]:
    """The list under `field`, or the only list of an object under another key, or the list itself."""
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = found.get(field) if isinstance(found.get(field), list) else lists[0] if len(lists) == 1 else [found]
    return found if isinstance(found, list) else []
