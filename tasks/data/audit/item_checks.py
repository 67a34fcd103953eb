"""Checks of items and of what a split must cover: lengths, kinds, contrasts, sections, chunks, ids, seen flags."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.data.audit.report import REQUIRED_KINDS, SPLITS, TRAINING, Finding, Item, Limits, LoadedFolder
from tasks.data.audit.words import words
from tasks.data.types import KINDS
from tasks.documents.chunking import chunk_document


def check_items(loaded: LoadedFolder, limits: Limits) -> Iterator[Finding]:
    """Find faults in single items and gaps in coverage."""
    yield from _ids(loaded)
    yield from _places(loaded)
    yield from _kinds(loaded)
    yield from _lengths(loaded, limits)
    yield from _contrasts(loaded)
    yield from _coverage(loaded)
    yield from _held_out(loaded)


def _ids(loaded: LoadedFolder) -> Iterator[Finding]:
    first: dict[str, Item] = {}
    for item in loaded.items():
        if (other := first.setdefault(item.id, item)) is not item:
            yield Finding("id reused", f"{other.at} ~ {item.at}", f"id {item.id!r} names two items")


def _places(loaded: LoadedFolder) -> Iterator[Finding]:
    sections = {section.id for section in loaded.document.sections}
    chunks = {chunk.id: chunk.section for chunk in chunk_document(loaded.document)}
    for item in loaded.items():
        if item.section not in sections:
            yield Finding("unknown section", item.at, f"{item.id}: the document has no section {item.section!r}")
        elif item.chunk not in chunks:
            yield Finding("unknown chunk", item.at, f"{item.id}: the document has no chunk {item.chunk!r}")
        elif chunks[item.chunk] != item.section:
            yield Finding("unknown chunk", item.at, f"{item.id}: chunk {item.chunk!r} is not of {item.section!r}")


def _kinds(loaded: LoadedFolder) -> Iterator[Finding]:
    for item in loaded.items():
        if item.kind not in KINDS:
            yield Finding("unknown kind", item.at, f"{item.id}: {item.kind!r}; known: {', '.join(KINDS)}")
    for split in SPLITS:
        items = loaded.splits[split]
        missing = set(REQUIRED_KINDS[split]) - {item.kind for item in items or ()}
        if items and missing:
            yield Finding("kind missing", f"{split}.jsonl", f"no item of kind {', '.join(sorted(missing))}")


def _lengths(loaded: LoadedFolder, limits: Limits) -> Iterator[Finding]:
    low, high = limits.answer_words
    for item in loaded.items():
        for name, text in item.answers.items():
            if not low <= (n := len(words(text))) <= high:
                yield Finding("answer length", item.at, f"{item.id}: {name} has {n} words, allowed {low} to {high}")


def _contrasts(loaded: LoadedFolder) -> Iterator[Finding]:
    """A contrast is two pairs of one split, kind and section, with the same two answers the other way round."""
    members: dict[tuple[str, str], list[Item]] = {}
    for item in loaded.items():
        if item.contrast is not None:
            members.setdefault((item.split, item.contrast), []).append(item)
    for (_, name), items in members.items():
        where = " ~ ".join(item.at for item in items)
        if len(items) != 2:
            yield Finding("broken contrast", where, f"{name}: {len(items)} of 2 pairs")
        elif len({(item.kind, item.section) for item in items}) != 1:
            yield Finding("broken contrast", where, f"{name}: the two pairs differ in kind or section")
        elif (items[0].answers["chosen"], items[0].answers["rejected"]) != (
            items[1].answers["rejected"], items[1].answers["chosen"],
        ):  # fmt: skip
            yield Finding("broken contrast", where, f"{name}: the answers are not the same two the other way round")


def _coverage(loaded: LoadedFolder) -> Iterator[Finding]:
    covered = {item.section for item in loaded.items()}
    tested = {item.section for item in loaded.items("heldout", "heldout_preference")}
    for section in loaded.document.sections:
        if section.id not in covered:
            yield Finding("section without items", "document.md", f"nothing asks about section {section.id!r}")
        elif tested and section.id not in tested:
            yield Finding("section without items", "document.md", f"no held-out item for section {section.id!r}")


def _held_out(loaded: LoadedFolder) -> Iterator[Finding]:
    """Compare `seen` with what training covers. A section is held out whole if all its held-out items are unseen."""
    training, examined = loaded.items(*TRAINING), loaded.items("heldout", "heldout_preference")
    flags: dict[str, set[bool | None]] = {}
    for item in examined:
        flags.setdefault(item.section, set()).add(item.seen)
    whole = {section for section, values in flags.items() if values == {False}}
    for item in training:
        if item.section in whole:
            yield Finding("trained on held-out", item.at, f"{item.id}: section {item.section!r} is held out whole")
        if item.seen is False:
            yield Finding("seen flag", item.at, f"{item.id}: a training item cannot be unseen")
    trained = {item.section for item in training}
    for item in examined if training else ():
        if item.seen is not False and item.section not in trained:
            yield Finding("seen flag", item.at, f"{item.id}: seen, but no training item covers {item.section!r}")
        if item.seen is False and item.section in trained - whole:
            yield Finding("seen flag", item.at, f"{item.id}: unseen, but training items cover {item.section!r}")
