"""The items of a document as blocks of the page: what lists and filters need at once, and texts chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.models.answers import Answer
from harness.report.columns import HIDDEN
from harness.report.page.blocks import Blocks
from harness.report.page.joined import PageDocument, Side
from harness.run.reading import Reading
from harness.statistics import item_figures
from valign.jsonl import read_rows

#: Items whose texts lie in one block.
CHUNK = 200
#: What held-out data may say of an item beside prompt and reference.
_FACTS = ("chunk", "value", "stance", "key_facts")


def add_items(blocks: Blocks, at: int, document: PageDocument) -> dict[str, Any]:
    """Add a document's items, scores and texts; returns what the page must know to read them. at: its number."""
    sections = {section.id: n for n, section in enumerate(document.sections)}
    answers = _answers(document)
    passages = _passages(document)
    facts = _facts(document)
    columns, values, reasons = _values(document)
    items = document.items
    index = {
        "id": [one.item for one in items],
        "section": [sections.get(one.section, -1) for one in items],
        "kind": [one.kind for one in items],
        "seen": [int(one.seen) for one in items],
        "prompt": [one.prompt for one in items],
        "value": [str(one.get("value") or "") for one in facts],
        "passage": [str(one.get("chunk") or "") for one in facts],
    }
    for start in range(0, len(items), CHUNK):
        part = slice(start, start + CHUNK)
        own = [of_system[part] for of_system in answers]
        blocks.add_json(f"texts:{at}:{start // CHUNK}", _texts(items[part], own, facts[part]))
    return {
        "items": blocks.add_json(f"items:{at}", index),
        "alike": blocks.add_bytes(f"alike:{at}", _alike(answers)),
        "values": blocks.add_floats(f"values:{at}", values),
        "columns": columns,
        "unscored": reasons,
        "passages": blocks.add_json(f"passages:{at}", passages),
        "chunk": CHUNK,
    }


def _answers(document: PageDocument) -> list[list[Answer | None]]:
    """Each system's answers to the items of the page; None where its run lacks the item."""
    found: list[list[Answer | None]] = []
    for system in document.systems:
        side = next(one for one in document.sides if one.run == system.run)
        given = side.reading.answers[system.name]
        found.append([given[place] if place >= 0 else None for place in side.places])
    return found


def _texts(
    items: Sequence[Answer], answers: Sequence[Sequence[Answer | None]], facts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "reference": [one.reference for one in items],
        "facts": [_shown_facts(one) for one in facts],
        "answers": [[None if one is None else one.text for one in own] for own in answers],
        "retrieved": [[[] if one is None else one.retrieved for one in own] for own in answers],
        "cut": [[at for at, one in enumerate(own) if one is not None and one.cut] for own in answers],
    }


def _shown_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the page lists below the reference, as texts."""
    key_facts = facts.get("key_facts") or ()
    listed = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in key_facts]
    stance = facts.get("stance")
    return {**({"stance": str(stance)} if stance else {}), **({"key_facts": listed} if listed else {})}


def _facts(document: PageDocument) -> list[dict[str, Any]]:
    """What the held-out data says of each item beyond its answer row, from the samples stored beside the answers."""
    found: list[dict[str, Any]] = [{} for _ in document.items]
    for side in reversed(document.sides):
        docs = stored_docs(side.reading)
        for at, place in enumerate(side.places):
            if place >= 0:
                answer = side.reading.answers[side.reading.names[0]][place]
                doc = docs.get(answer.item, {})
                own = {name: getattr(answer, name, None) or doc.get(name) for name in _FACTS}
                found[at] |= {name: value for name, value in own.items() if value}
    return found


def stored_docs(reading: Reading) -> dict[str, dict[str, Any]]:
    """The held-out rows by id, as lm-eval's samples beside the first system's answers hold them; {} where none are."""
    for record in reading.record.of_kind("answers"):
        for file in sorted(reading.folder(record).glob("lm_eval/*/samples_*.jsonl")):
            docs = [row["doc"] for _, row in read_rows(file)]
            return {str(doc["id"]): doc for doc in docs if "id" in doc}
    return {}


def _passages(document: PageDocument) -> dict[str, list[str]]:
    """Passage id -> [section id, text], from the stored index of the first run that retrieves."""
    found: dict[str, list[str]] = {}
    for side in document.sides:
        for chunk in stored_chunks(side.reading):
            found.setdefault(str(chunk["id"]), [str(chunk["section"]), str(chunk["text"])])
    return found


def stored_chunks(reading: Reading) -> list[dict[str, Any]]:
    """The passages of a document's index; [] where the run does not retrieve or the index is gone."""
    for record in reading.record.of_kind("index"):
        file = reading.folder(record) / "chunks.json"
        if file.is_file():
            chunks: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
            return chunks
    return []


def _alike(answers: Sequence[Sequence[Answer | None]]) -> NDArray[np.uint8]:
    """uint8 (systems, items): equal numbers for equal answers to an item, 255 where there is none."""
    alike = np.full((len(answers), len(answers[0])), 255, dtype=np.uint8)
    for item, row in enumerate(zip(*answers, strict=True)):
        numbers: dict[str, int] = {}
        for system, one in enumerate(row):
            if one is not None:
                alike[system, item] = numbers.setdefault(one.text, len(numbers))
    return alike


def _values(document: PageDocument) -> tuple[list[str], NDArray[np.float64], list[list[Any]]]:
    """Columns, float64 (columns, systems, items) with NaN where unscored, and [column, system, item, reason]."""
    scored = [(side, side.reading.scored[0]) for side in document.sides]
    columns = [c for c in dict.fromkeys(c for _, one in scored for c in one.columns) if c not in HIDDEN]
    values = np.full((len(columns), len(document.systems), len(document.items)), np.nan)
    reasons: list[list[Any]] = []
    for side, one in scored:
        on_page = _on_page(side)
        for name, of_system in one.values.items():
            system = document.number[side.run, name]
            for column, own in of_system.items():
                if column in columns:
                    there = side.places >= 0
                    values[columns.index(column), system, there] = item_figures(own)[side.places[there]]
                    reasons += [[columns.index(column), system, on_page[i], why] for i, why in own.reasons]
    return columns, values, reasons


def _on_page(side: Side) -> dict[int, int]:
    """An item's place in the run -> its place on the page."""
    return {int(place): at for at, place in enumerate(side.places) if place >= 0}
