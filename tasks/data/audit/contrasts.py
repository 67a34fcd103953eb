"""Contrasts: two pairs with the same two answers, whose prompts differ in the one fact that decides."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.data.audit.report import Finding, Item, LoadedFolder

_SPLITS = ("preference", "heldout_preference")


def contrasts(loaded: LoadedFolder, figures: dict[str, object]) -> Iterator[Finding]:
    """Check that every contrast is two pairs of one section with their answers exchanged; counts them in `figures`."""
    counts = {}
    for split in _SPLITS:
        members: dict[str, list[Item]] = {}
        for item in loaded.items(split):
            if item.contrast is not None:
                members.setdefault(item.contrast, []).append(item)
        counts[split] = len(members)
        for name, items in members.items():
            if fault := _fault(items):
                yield Finding("contrast", " ~ ".join(item.at for item in items), f"{name}: {fault}")
    figures["contrasts"] = counts


def _fault(items: list[Item]) -> str | None:
    if len(items) != 2:
        return f"{len(items)} pairs; expected two"
    first, second = items
    if first.section != second.section:
        return f"pairs of {first.section!r} and {second.section!r}; expected one section"
    if (first.answers["chosen"], first.answers["rejected"]) != (second.answers["rejected"], second.answers["chosen"]):
        return "the second pair's answers are not those of the first, exchanged"
    return None


def same_contrast(items: list[Item], pair: tuple[int, int]) -> bool:
    """Whether the two items at these positions are the two of one contrast."""
    first, second = (items[at] for at in pair)
    return first.contrast is not None and (first.split, first.contrast) == (second.split, second.contrast)
