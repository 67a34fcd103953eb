"""A teacher behind the local chat server: its answers quote the passage in the prompt and are deterministic."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from typing import Any

from chat_server import Act, Body

from alignment.synthesis.teachers.excerpts import quote_in_pieces, split_words

_PASSAGE = re.compile(r'Passage:\n"""\n(.*?)\n"""', re.DOTALL)
_NUMBERED = re.compile(r"^(\d+)\. ", re.MULTILINE)


def teach(body: Body, number: int = 0) -> Act:
    """Answer a prompt of the synthesis as a good teacher would, in the shape that its schema asks for."""
    prompt = body["messages"][0]["content"]
    found = _PASSAGE.search(prompt)
    assert found is not None, prompt
    pieces = split_words(" ".join(found.group(1).split()), 12)
    (field,) = list(body["response_format"]["json_schema"]["schema"]["properties"])[:1]
    if field == "better":
        return Act(json.dumps(_better(prompt)))
    numbers = [int(n) for n in _NUMBERED.findall(prompt)] or [1, 2, 3]
    entries = [_ENTRIES[field](n, pieces[(n - 1) % len(pieces)], prompt) for n in numbers]
    return Act(json.dumps({field: entries}))


def _question(n: int, piece: str, prompt: str) -> dict[str, Any]:
    form = re.search(rf"^{n}\. ([a-z ]+):", prompt, re.MULTILINE)
    return {"form": form.group(1) if form else "fact", "question": f"Question {n}: how is {piece} to be understood?"}


def _answer(n: int, piece: str, prompt: str) -> dict[str, Any]:
    yes = "Yes." if len(piece) % 2 else "No."
    opening = yes if re.search(rf"^{n}\. \(yes or no\)", prompt, re.MULTILINE) else "So"
    return {"number": n, "answer": f"{opening} it reads: {quote_in_pieces(piece)}"}


def _pair(n: int, piece: str, prompt: str) -> dict[str, Any]:
    return {
        "number": n,
        "keeps": f"No. Do keep to: {quote_in_pieces(piece)}",
        "fails": f"Yes. Do pass over: {quote_in_pieces(piece)}",
    }


_ENTRIES = {
    "questions": _question,
    "answers": _answer,
    "values": lambda n, piece, prompt: {"value": f"care {n} for {piece}", "stated": "implied"},
    "situations": lambda n, piece, prompt: {
        "number": n, "situation": f"Someone in case {n} passes over {piece}. Is that right?",
    },
    "pairs": _pair,
    "verdicts": lambda n, piece, prompt: {"number": n, "grounded": True, "reason": "it is"},
}  # fmt: skip


def _better(prompt: str) -> dict[str, Any]:
    first = prompt.split("First answer: ")[1].split("\n")[0]
    return {"better": "first" if "Do keep" in first else "second", "reason": "it keeps to the passage"}


class Unreliable:
    """`teach`, but after the first `well` calls a share of them fails in the six ways; counts what it did to whom."""

    FAULTS = (
        Act("slow down", status=429),
        Act("broken", status=500),
        Act(fault="drop"),
        Act(fault="hang"),
        Act("half of it is missing", fault="half"),
        Act("no JSON", fault="malformed"),
        Act('Of course! Here it is: {"questions": [{"form":'),
    )

    def __init__(self, well: int = 20, share: float = 0.3) -> None:
        self.well, self.share, self.rng = well, share, random.Random(0)
        self.did: Counter[str] = Counter()

    def __call__(self, body: Body, number: int) -> Act:
        if number <= self.well or self.rng.random() >= self.share:
            return teach(body, number)
        act = self.rng.choice(self.FAULTS)
        self.did[act.fault or (str(act.status) if act.status != 200 else "unparsed")] += 1
        return act
