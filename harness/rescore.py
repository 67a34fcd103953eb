"""Another metric for a finished run, from the answers that it stored; nothing is generated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.manifest import DocumentRecord, Made, check_finished, read_manifest, with_scores, write_manifest
from harness.recipe import MetricChoice
from harness.report.table import Table
from harness.report.write import report_run
from harness.scoring import make_scores, score_artefact
from harness.store import Store


def score_run(folder: Path, choice: MetricChoice, told: Callable[[str], None]) -> list[Table]:
    """Add a metric to a run, or replace the one of that name, and write the report again; returns its tables.

    The scores are the artefacts that `valign run` would make of the same metric, so scores that are there already
    are not made again, and the run's recipe names the metric from now on. `told` hears of each document.

    Raises:
        InputError: no run lies there, its answers are not there, or no metric has that name or setting.
    """
    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store, ("answers",))
    made: dict[str, list[Made]] = {}
    with store.alone():
        for document in manifest.documents:
            told(f"{document.name}: {choice.name}")
            made[document.name] = _score(document, choice, store)
        write_manifest(folder, with_scores(manifest, choice, made))
    return report_run(folder)


def _score(document: DocumentRecord, choice: MetricChoice, store: Store) -> list[Made]:
    answers = {made.about["system"]: made for made in document.of_kind("answers")}
    artefacts = {name: score_artefact(document.name, name, made.id, choice) for name, made in answers.items()}
    missing = [(artefact, store.path(answers[n])) for n, artefact in artefacts.items() if not store.has(artefact)]
    if missing:
        make_scores(store, choice, missing)
    return [
        Made(
            kind=artefact.kind, name=artefact.name, id=artefact.id, title=f"{name}: {choice.name}",
            about={"system": name, "metric": choice.name},
        )
        for name, artefact in artefacts.items()
    ]  # fmt: skip
