"""A stratified sample of items: the same share of every stratum, whole clusters."""

from __future__ import annotations

from collections.abc import Sequence


def stratified(strata: Sequence[tuple[str, ...]], clusters: Sequence[str], limit: int | None) -> list[int]:
    """Positions of about `limit` items, in order; all where `limit` is None or no smaller than their number.

    Clusters (an empty name is an item of its own) are sorted by the stratum of their first item and every n-th is
    taken, so each stratum keeps its share; nothing is random. `limit` may be exceeded by the last cluster.
    """
    if limit is None or limit >= len(strata):
        return list(range(len(strata)))
    members: dict[tuple[str, ...], list[int]] = {}
    for position, cluster in enumerate(clusters):
        members.setdefault(("", cluster) if cluster else ("item", str(position)), []).append(position)
    units = sorted(members.values(), key=lambda unit: (strata[unit[0]], unit[0]))
    count = max(1, round(limit * len(units) / len(strata)))
    step = len(units) / count
    taken = [units[int((n + 0.5) * step)] for n in range(count)]
    return sorted(position for unit in taken for position in unit)
