"""Another judge for a finished run, on the answers that it stored; nothing is generated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.judges.base import Cost
from harness.manifest import DocumentRecord, Made, Manifest, check_finished, read_manifest, write_manifest
from harness.pairs import Pair, PairJudging, verdict_artefacts
from harness.recipe import JudgeChoice
from harness.report.table import Table
from harness.report.write import report_run
from harness.store import Store
from tasks.errors import InputError, unknown
from tasks.folder import find


@dataclass(frozen=True)
class Expected:
    """What a judge still has to do: pairs of systems, judgements, and the calls for them."""

    pairs: int
    judgements: int
    cost: Cost


def expect(folder: Path, choice: JudgeChoice) -> Expected:
    """What `judge_run` would do. Nothing is asked.

    Raises:
        InputError: see `judge_run`.
    """
    manifest, store = _opened(folder, choice)
    pairs = [pair for document in manifest.documents for pair in _pairs(manifest, document, choice, store)]
    missing = [pair for pair in pairs if not store.has(pair.artefact)]
    judgements, cost = PairJudging(store, choice, missing).expected()
    return Expected(len(missing), judgements, cost)


def judge_run(folder: Path, choice: JudgeChoice, told: Callable[[str], None]) -> tuple[list[Table], Cost]:
    """Add a judge to a run, or replace the one of that name, and write the report again.

    The verdicts are the artefacts that `valign run` would make of the same judge, so those that are there already are
    not made again, and the run's recipe names the judge from now on. `told` hears of each pair that is judged.
    Returns the run's tables and what the judging cost.

    Raises:
        InputError: no run lies there, its answers are not there, no judge has that name or setting, no system has the
            name to judge against, or calls brought no answer.
    """
    manifest, store = _opened(folder, choice)
    made: dict[str, list[Made]] = {}
    cost = Cost()
    with store.alone():
        for document in manifest.documents:
            pairs = _pairs(manifest, document, choice, store)
            missing = [pair for pair in pairs if not store.has(pair.artefact)]

            def heard(pair: Pair, state: str, name: str = document.name) -> None:
                if state == "finished":
                    told(f"{name}: {choice.key}: {pair.names[0]} against {pair.names[1]}")

            cost += PairJudging(store, choice, missing).make(heard)
            made[document.name] = [_made(pair, choice) for pair in pairs]
        write_manifest(folder, _with_verdicts(manifest, choice, made))
    return report_run(folder), cost


def _opened(folder: Path, choice: JudgeChoice) -> tuple[Manifest, Store]:
    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store, ("answers",))
    names = [system.name for system in manifest.recipe.systems]
    if choice.against is not None and choice.against not in names:
        raise unknown("system to judge against", choice.against, names)
    return manifest, store


def _pairs(manifest: Manifest, document: DocumentRecord, choice: JudgeChoice, store: Store) -> list[Pair]:
    by_system = {made.about["system"]: made for made in document.of_kind("answers")}
    answers = {system.name: by_system[system.name] for system in manifest.recipe.systems}
    artefacts = verdict_artefacts(document.name, {name: made.id for name, made in answers.items()}, choice)
    at = dict(_documents(manifest))[document.name]
    return [
        Pair((first, second), (store.path(answers[first]), store.path(answers[second])), at, artefact)
        for (first, second), artefact in artefacts.items()
    ]


def _documents(manifest: Manifest) -> Iterator[tuple[str, Path]]:
    """Where each document lies, if it still does: only a judge that shows its sections needs it."""
    for record, name in zip(manifest.documents, manifest.recipe.documents, strict=True):
        try:
            yield record.name, find(name).path
        except InputError:
            yield record.name, Path(name)


def _made(pair: Pair, choice: JudgeChoice) -> Made:
    first, second = pair.names
    title, about = f"{choice.key}: {first} against {second}", {"judge": choice.key, "first": first, "second": second}
    return Made(kind="verdicts", name=pair.artefact.name, id=pair.artefact.id, title=title, about=about)


def _with_verdicts(manifest: Manifest, choice: JudgeChoice, made: dict[str, list[Made]]) -> Manifest:
    judges: Sequence[JudgeChoice] = [choice if one.key == choice.key else one for one in manifest.recipe.judges]
    recipe = manifest.recipe.model_copy(update={"judges": judges if choice in judges else [*judges, choice]})
    documents = []
    for document in manifest.documents:
        others = (one for one in document.steps if one.about.get("judge") != choice.key)
        documents.append(document.model_copy(update={"steps": (*others, *made[document.name])}))
    return manifest.model_copy(update={"recipe": recipe, "documents": tuple(documents)})
