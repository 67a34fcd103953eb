"""The entry of a run on the leaderboard: its schema, its checksum, its file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.metrics.base import Better
from harness.recipe.yaml_files import Part, checked
from valign.errors import InputError

#: Raised when a field changes its meaning; an entry of another format has to be added again from its run.
FORMAT: Literal[1] = 1


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text!a:.80}: expected one line of printable characters")
    return text


#: Text from a run, which may be anyone's: one line, no control characters, no marks that turn the direction of text.
Line = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=100)]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


#: The kinds of item set, in the order of a run's.
ITEM_SETS = ("held-out prompts", "preference pairs", "contrasts")


class EntrySystem(Part):
    """A system of the run: its name in the recipe, its label in tables, its method, whether it retrieves."""

    name: Name
    label: Line
    method: Name
    retrieval: bool


class EntryFigure(Part):
    """A figure with its interval, each rounded to six decimals; null where there is none."""

    value: Number | None
    low: Number | None
    high: Number | None
    n: int = Field(ge=0)
    n_unscored: int = Field(ge=0)


class Items(Part):
    """The items, in the run's order: parallel lists. content: see `Item`; no prompt or answer is kept."""

    ids: tuple[Line, ...] = Field(min_length=1)
    contents: tuple[Fingerprint, ...]
    sections: tuple[Line | None, ...]

    @model_validator(mode="after")
    def _parallel(self) -> Items:
        lengths = {len(self.ids), len(self.contents), len(self.sections)}
        if len(lengths) > 1:
            raise ValueError("ids, contents and sections: expected lists of one length")
        if len(set(self.ids)) < len(self.ids):
            raise ValueError("ids: an id stands twice")
        return self


class Column(Part):
    """The values of every system in a column.

    values: system -> float32 (n_items, runs · width), see `packing`. runs: a system's training runs, where not 1.
    """

    name: Line
    aggregate: Name
    signature: Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
    better: Better
    width: int = Field(ge=1, le=64)
    values: dict[Name, str]
    runs: dict[Name, int] = Field({})
    figures: dict[Name, EntryFigure]


class Contest(Part):
    """A judge's verdicts on two systems.

    gained: float32 (n_items, 2), the share in [0, 1] that the first system gained with its answer shown first, then
    with its answer shown second; NaN where there is no usable verdict.
    """

    first: Name
    second: Name
    gained: str


class EntryJudge(Part):
    """A judge: fingerprint of its name, model and settings; its audit's alarms when it was added; win rates.

    contests: those of each training seed, see `JudgeVerdicts.worlds`.
    """

    name: Name
    identity: Fingerprint
    alarms: tuple[Line, ...]
    contests: tuple[tuple[Contest, ...], ...] = Field(min_length=1)
    figures: dict[Name, EntryFigure]


class ItemSet(Part):
    """Items with the columns and judges on them. answers: a fingerprint of each system's answers to all items."""

    kind: Literal["held-out prompts", "preference pairs", "contrasts"]
    items: Items
    answers: dict[Name, Fingerprint]
    columns: tuple[Column, ...]
    judges: tuple[EntryJudge, ...]

    @model_validator(mode="after")
    def _once(self) -> ItemSet:
        named: dict[str, list[Any]] = {
            "columns": [column.name for column in self.columns],
            "judges": [judge.name for judge in self.judges],
            **{
                f"contests {number} of {judge.name}": [{one.first, one.second} for one in contests]
                for judge in self.judges
                for number, contests in enumerate(judge.contests)
            },
        }
        for what, names in named.items():
            if any(names.count(name) > 1 for name in names):
                raise ValueError(f"{what}: one stands twice")
        if self.judges and self.kind != "held-out prompts":
            raise ValueError(f"judges: expected none of {self.kind}")
        return self


class EntryDocument(Part):
    """A document of the run: the held-out prompts, then preference pairs and contrasts where the run has any."""

    name: Line
    title: Line
    item_sets: tuple[ItemSet, ...] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def _prompts_first(self) -> EntryDocument:
        if tuple(one.kind for one in self.item_sets) != ITEM_SETS[: len(self.item_sets)]:
            raise ValueError(f"item_sets: expected {', then '.join(ITEM_SETS)}")
        return self


class MadeBy(Part):
    """What made the run: the version, the seed model's label, whether it is a stand-in, the hardware, the recipe."""

    valign: Line
    seed_model: Line
    stand_in: bool
    hardware: dict[Name, Line]
    recipe: Fingerprint


class Entry(Part):
    """A run on the leaderboard. checksum: SHA-256 of all other fields as canonical JSON."""

    format: Literal[1]
    name: Name
    label: Line
    made_by: MadeBy
    systems: tuple[EntrySystem, ...] = Field(min_length=1)
    documents: tuple[EntryDocument, ...] = Field(min_length=1)
    checksum: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _names(self) -> Entry:
        names = [system.name for system in self.systems]
        for what, named in (("systems", names), ("documents", [one.name for one in self.documents])):
            if len(set(named)) < len(named):
                raise ValueError(f"{what}: a name stands twice")
        known = set(names)
        for one in (item_set for document in self.documents for item_set in document.item_sets):
            keyed: list[tuple[str, set[str]]] = [("answers", set(one.answers))]
            keyed += [(f"column {c.name}: {w}", set(d)) for c in one.columns for w, d in _by_system(c)]
            keyed += [(f"judge {judge.name}: figures", set(judge.figures)) for judge in one.judges]
            for where, systems in keyed:
                if systems != known:
                    raise ValueError(f"{where}: expected one for each of {', '.join(names)}")
            pairs = [{c.first, c.second} for judge in one.judges for contests in judge.contests for c in contests]
            if any(len(pair) < 2 or not pair <= known for pair in pairs):
                raise ValueError("judges: a contest is not between two systems of the entry")
        return self


def _by_system(column: Column) -> tuple[tuple[str, dict[str, Any]], ...]:
    return ("values", dict(column.values)), ("figures", dict(column.figures))


def checksum(data: dict[str, Any]) -> str:
    """The checksum of an entry's data, whether or not a checksum is among them."""
    rest = {key: value for key, value in data.items() if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def entry_text(entry: Entry) -> str:
    """The file of an entry: indented JSON, lists of plain values on one line."""
    return _indented(entry.model_dump(mode="json"), "") + "\n"


def _indented(data: Any, margin: str) -> str:
    inner = margin + " "
    if isinstance(data, dict) and any(isinstance(value, dict | list) for value in data.values()):
        rows = [f"{json.dumps(key)}: {_indented(value, inner)}" for key, value in data.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{margin}}}"
    if isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        return "[\n" + ",\n".join(inner + _indented(value, inner) for value in data) + f"\n{margin}]"
    return json.dumps(data, ensure_ascii=True)


def read_entry(path: Path) -> Entry:
    """Read an entry and check its form: schema, name, checksum, and that the file is as it was written.

    The figures are not computed again here, see `verify`.

    Raises:
        InputError: one of these is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: broken JSON ({error}); add the run again") from None
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected a JSON object")
    if data.get("format") != FORMAT:
        raise InputError(f"{path}: format {data.get('format')!r:.40}; this version reads {FORMAT}: add the run again")
    entry = checked(Entry, data, str(path))
    if entry.name != path.stem:
        raise InputError(f"{path}: the entry is named {entry.name!r}; expected the file's name")
    if entry.checksum != checksum(entry.model_dump(mode="json")) or entry_text(entry) != text:
        raise InputError(f"{path}: changed by hand: it is not what `valign leaderboard add` wrote; add the run again")
    return entry
