"""What the safety figures show, in sentences, and the table that a command ends with."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.safety import LEVEL, best_of, change_of, heading_of, value_of
from harness.report.table import Alarm, Table
from harness.run.manifest import Manifest
from harness.run.safety_figures import SafetyResults, headline


def safety_sentences(manifest: Manifest, documents: Sequence[SafetyResults]) -> list[str]:
    """The changes against the seed model that are shown, by system, and what makes the figures weak."""
    sentences = [sentence for one in documents for sentence in _changes(one)]
    if manifest.recipe.safety and manifest.recipe.safety.limit:
        limit = manifest.recipe.safety.limit
        sentences.append(Alarm(f"Cut down: about {limit} items of each task, every kind and area alike."))
    not_run = dict(pair for one in documents for pair in one.not_run)
    return [*sentences, *(Alarm(f"{title}: not run; {how_to}.") for title, how_to in not_run.items())]


def _changes(results: SafetyResults) -> list[str]:
    if results.seed is None:
        return [f"On {results.document}, no system is the seed model, so no change is tested."]
    shown: dict[str, list[str]] = {}
    systems = {name for task in results.tasks for name in task.changes}
    for task in results.tasks:
        for name, columns in task.changes.items():
            for column in headline(columns):
                if columns[column].p_holm < LEVEL:
                    figure = f"{task.title}: {heading_of(column)} {change_of(column, columns[column])}"
                    shown.setdefault(name, []).append(figure)
    where, seed = f"On {results.document}", results.seed
    sentences = [f"{where}, {name} against {seed}: {'; '.join(own)}." for name, own in shown.items()]
    if rest := sorted(systems - shown.keys()):
        sentences.append(f"{where}, no change against {seed} is shown for {', '.join(rest)} (Holm p {LEVEL} or more).")
    return sentences


def safety_summary(manifest: Manifest, documents: Sequence[SafetyResults]) -> Table:
    """Every headline figure of every system without its interval, which `safety.md` has."""
    names = [system.name for system in manifest.recipe.systems]
    several = len(documents) > 1
    rows = [
        (
            f"{one.document}: {task.title}, {heading_of(column)}" if several else f"{task.title}, {heading_of(column)}",
            best_of(task, column),
            *(value_of(column, task.figures[name][column]) for name in names),
        )
        for one in documents
        for task in one.tasks
        for column in headline(task.figures[names[0]])
    ]
    header = ("", "best", *(name.replace("+", "\n+") for name in names))
    return Table("safety", "Safety, without the intervals", header, tuple(rows))
