"""The tables of the safety figures: every figure with its interval, over all items and by subset, and the change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from harness.recipe.recipe import Recipe
from harness.report.cells import few_units, p_cell
from harness.report.table import Alarm, Table
from harness.run.manifest import Manifest
from harness.run.safety_figures import Change, SafetyResults, TaskResults, headline
from harness.safety.agreement import sentence
from harness.statistics import Estimate

#: Column -> (heading, factor, decimals, best value). The best value of `refused` depends on the requests.
_SHOWN = {
    "refused": ("refused, %", 100.0, 1, ""),
    "truthful": ("nearer the truth, %", 100.0, 1, "100"),
    "accuracy": ("right, %", 100.0, 1, "100"),
    "bias": ("bias score", 1.0, 2, "0"),
    "stereotype_preferred": ("stereotype likelier, %", 100.0, 1, "50"),
    "chosen_likelier": ("chosen likelier, %", 100.0, 1, "100"),
    "truth_mass": ("p of the true, %", 100.0, 1, "100"),
    "biased": ("biased answer, %", 100.0, 1, "0"),
    "negative": ("negative, %", 100.0, 1, "0"),
    "toxic": ("toxic, %", 100.0, 1, "0"),
}
#: Below this p, after correction, a change is shown.
LEVEL = 0.05


def safety_tables(manifest: Manifest, results: SafetyResults) -> list[Table]:
    """Every figure of every system, and its change against the seed model."""
    tables = [_main(manifest, results)]
    return [*tables, _changes(manifest.recipe, results)] if results.seed else tables


def subset_tables(manifest: Manifest, results: SafetyResults) -> list[Table]:
    """The same figures per kind, harm area and severity; empty tables are left out."""
    tables = [_subsets(manifest, results, subset) for subset in ("kind", "area", "severity")]
    return [table for table in tables if table.rows]


def _systems(manifest: Manifest) -> tuple[str, ...]:
    return tuple(
        f"{manifest.labels[s.name]}{' + RAG' if s.retrieval else ''}" if _distinct(manifest) else s.name
        for s in manifest.recipe.systems
    )


def _distinct(manifest: Manifest) -> bool:
    """Whether no two systems have the same label."""
    labels = [(manifest.labels[s.name], s.retrieval) for s in manifest.recipe.systems]
    return len(set(labels)) == len(labels)


def _main(manifest: Manifest, results: SafetyResults) -> Table:
    names = [system.name for system in manifest.recipe.systems]
    rows = [
        (
            task.title, _SHOWN[column][0], best_of(task, column), str(task.n_items),
            *(shown(column, task.figures[name][column]) for name in names),
        )
        for task in results.tasks
        for column in headline(task.figures[names[0]])
    ]  # fmt: skip
    rows += [(title, "not run", "", "", *("not run" for _ in names)) for title, _ in results.not_run]
    header = ("Task", "Figure", "Best", "Items", *_systems(manifest))
    return Table(
        f"{results.document}-safety", f"{results.document}: safety", header, tuple(rows), _notes(manifest, results)
    )


def _notes(manifest: Manifest, results: SafetyResults) -> tuple[str, ...]:
    recipe, notes = manifest.recipe, []
    statistics = recipe.statistics
    units = "items; of sections, templates and couples where items share one"
    notes.append(
        f"Intervals: {statistics.confidence:.0%}, {statistics.resamples:,} bootstrap resamples of "
        f"{units if statistics.clusters == 'section' else 'items'}. One without width says only that all items of the "
        "sample came out alike."
    )
    if recipe.safety and recipe.safety.limit:
        notes.append(Alarm(f"Cut down: about {recipe.safety.limit} items of each task, every kind and area alike."))
    if results.classed:
        notes.append(sentence(*results.classed))
    if recipe.safety:
        notes.append(
            f"Refused: in whole or in part. Answers have at most {recipe.safety.max_gen_toks} tokens. Refusal means "
            "little without over-refusal: a model that says nothing useful to anybody may score well on one of them."
        )
    if off := _off_topic(results):
        notes.append(f"Answers that say nothing to the request (off-topic), which count as not refused: {off}.")
    if any(system.retrieval for system in recipe.systems):
        notes.append("Bias, pairs has no question to retrieve for: with and without retrieval are the same there.")
    notes += [f"{title}: not run; {how_to}." for title, how_to in results.not_run]
    return tuple(notes)


def _off_topic(results: SafetyResults) -> str:
    """Each system's share of off-topic answers over all requests."""
    shares: dict[str, list[tuple[float, int]]] = {}
    for task in results.tasks:
        for name, columns in task.figures.items():
            if "off_topic" in columns and not math.isnan(columns["off_topic"].value):
                shares.setdefault(name, []).append((columns["off_topic"].value, columns["off_topic"].n))
    means = {name: sum(v * n for v, n in own) / sum(n for _, n in own) for name, own in shares.items()}
    return ", ".join(f"{name} {share:.0%}" for name, share in means.items()) if any(means.values()) else ""


def best_of(task: TaskResults, column: str) -> str:
    """The value that a figure should have; empty where none is best."""
    if column == "refused":
        return "0" if task.part == "safe" or task.title == "over-refusal" else "100"
    return _SHOWN[column][3]


def heading_of(column: str) -> str:
    """What tables call a column."""
    return _SHOWN[column][0]


def value_of(column: str, estimate: Estimate) -> str:
    """A figure alone, "–" where there is none."""
    _, factor, decimals, _ = _SHOWN[column]
    return "–" if math.isnan(estimate.value) else f"{estimate.value * factor:.{decimals}f}"


def shown(column: str, estimate: Estimate) -> str:
    """A figure with its interval, and the number of items without a value where there are any."""
    if math.isnan(estimate.value):
        return "undefined" if estimate.n else "none classed"
    _, factor, decimals, _ = _SHOWN[column]
    value, low, high = (f"{x * factor:.{decimals}f}" for x in (estimate.value, estimate.low, estimate.high))
    interval = f"[{low}, {high}]" if not math.isnan(estimate.low) else "[one item]"
    left_out = f" ({estimate.n_unscored} unscored)" if estimate.n_unscored else ""
    return f"{value} {interval}{few_units(estimate, 'clusters')}{left_out}"


def _changes(recipe: Recipe, results: SafetyResults) -> Table:
    names = [system.name for system in recipe.systems if system.name != results.seed]
    rows = [
        (
            task.title, _SHOWN[column][0], best_of(task, column),
            *(change_of(column, task.changes[name][column]) for name in names),
        )
        for task in results.tasks
        for column in headline(task.changes[names[0]] if names else {})
    ]  # fmt: skip
    notes = (
        f"Each system minus {results.seed}, on the same items with the same resamples. * p < {LEVEL} after Holm's "
        f"correction over the primary figures ({', '.join(recipe.primary.safety)}); the others are exploratory.",
    )
    title = f"{results.document}: safety, change against {results.seed}"
    return Table(f"{results.document}-safety-change", title, ("Task", "Figure", "Best", *names), tuple(rows), notes)


def change_of(column: str, change: Change) -> str:
    """A change with its sign and interval, and a star where it is shown."""
    star = "*" if change.p_holm < LEVEL else ""
    cell = shown(column, change.comparison.difference)
    return f"{cell}{star}" if cell.startswith("-") or cell[0].isalpha() else f"+{cell}{star}"


def _subsets(manifest: Manifest, results: SafetyResults, subset: str) -> Table:
    names = [system.name for system in manifest.recipe.systems]
    rows = []
    for task in results.tasks:
        for (other, name), figures in task.by.items():
            if other == subset:
                for column in headline(figures[names[0]]):
                    first = figures[names[0]][column]
                    cells = (shown(column, figures[system][column]) for system in names)
                    rows.append((task.title, name, _SHOWN[column][0], str(first.n + first.n_unscored), *cells))
    title = f"{results.document}: safety per {'harm area' if subset == 'area' else subset}"
    header = ("Task", subset.capitalize(), "Figure", "Items", *_systems(manifest))
    return Table(f"{results.document}-safety-{subset}", title, header, tuple(rows))


_COLUMNS = ("document", "task", "subset", "name", "system", "column", "value", "low", "high", "n", "n_unscored")
_CHANGE = ("change", "change_low", "change_high", "p_bootstrap", "p_holm")


def spreadsheet(results: Sequence[SafetyResults]) -> Table:
    """Every figure in a row of its own: all items with their change, each kind, area and severity."""
    rows = tuple(row for one in results for task in one.tasks for row in _rows(one.document, task))
    return Table("safety", "Safety figures", (*_COLUMNS, *_CHANGE), rows)


def _rows(document: str, task: TaskResults) -> Iterator[tuple[str, ...]]:
    subsets: dict[tuple[str, str], Mapping[str, Mapping[str, Estimate]]] = {("all", ""): task.figures, **task.by}
    for (subset, name), figures in subsets.items():
        for system, columns in figures.items():
            for column, one in columns.items():
                counts = (str(one.n), str(one.n_unscored))
                cells = (*_numbers(one.value, one.low, one.high), *counts)
                change = task.changes.get(system, {}).get(column) if subset == "all" else None
                yield (document, task.name, subset, name, system, column, *cells, *_change_cells(change))


def _change_cells(change: Change | None) -> tuple[str, ...]:
    if change is None:
        return ("",) * len(_CHANGE)
    one = change.comparison
    values = _numbers(one.difference.value, one.difference.low, one.difference.high)
    return (*values, p_cell(one.p_bootstrap), p_cell(change.p_holm))


def _numbers(*values: float) -> tuple[str, ...]:
    return tuple("" if math.isnan(value) else f"{value:.6f}" for value in values)
