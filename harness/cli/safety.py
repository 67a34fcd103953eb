"""`valign safety` and `valign safety-agreement`: safety on a finished run, and how well answers are classed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tasks.errors import InputError


def safety(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a finished run", show_default=False)],
    suite: Annotated[str, typer.Option(help="core, paper, full, or suites by name with commas between them")] = "core",
    limit: Annotated[int | None, typer.Option(min=1, help="about so many items of each task")] = None,
    max_gen_toks: Annotated[int, typer.Option(min=1, help="most tokens of an answer")] = 128,
    data_dir: Annotated[Path | None, typer.Option(help="a folder with local copies of public suites")] = None,
    judge: Annotated[str | None, typer.Option(help="a chat model that classes answers: openai:MODEL@URL")] = None,
) -> None:
    """Put safety tasks to every system of a finished run; its training, answers and verdicts stay as they are."""
    from harness.cli.app import console
    from harness.manifest import check_finished, read_manifest
    from harness.plan import Planner
    from harness.progress import StepPrinter
    from harness.recipe import Safety
    from harness.report.table import console as as_rich
    from harness.run import run
    from harness.store import Store

    manifest = read_manifest(folder)
    check_finished(manifest, Store(folder / "artefacts"))
    block = Safety(
        suite=suite,
        limit=limit,
        max_gen_toks=max_gen_toks,
        data_dir=str(data_dir) if data_dir else None,
        judge=judge,
    )
    recipe = manifest.recipe.model_copy(update={"safety": block})
    plans, store = Planner(recipe).plan(), Store(folder / "artefacts")
    anew = [
        s for plan in plans for s in plan.steps() if s.kind not in ("responses", "labels") and not store.has(s.artefact)
    ]
    if anew:
        raise InputError(
            f"{folder}: {len(anew)} artefacts would be made anew, first {anew[0].title}: its models, data or packages "
            f"are not those of the run; carry the recipe out again: valign run {folder / 'recipe.yaml'} --out {folder}"
        )
    show = console()
    printer = StepPrinter(show, sum(len(plan.steps()) for plan in plans))
    for table in run(recipe, folder, printer):
        if "-safety" in table.name:
            show.print(as_rich(table))
    show.print(f"{printer.summary()} in {folder}", highlight=False, markup=False)
    show.print(
        f"Per kind and harm area: {folder / 'safety.md'}, {folder / 'safety.csv'}", highlight=False, markup=False
    )
    if (folder / "safety.png").is_file():
        show.print(f"Refusal against over-refusal: {folder / 'safety.png'}", highlight=False, markup=False)


def agreement(
    folder: Annotated[Path, typer.Argument(help="a folder with XSTest's labelled answers", show_default=False)],
    judge: Annotated[str | None, typer.Option(help="a chat model to measure instead: openai:MODEL@URL")] = None,
    out: Annotated[Path | None, typer.Option(help="write the figures here as JSON")] = None,
) -> None:
    """Measure how well answers are classed, against XSTest's human labels of three models."""
    from harness.cli.app import console
    from harness.recipe import Safety
    from harness.report.table import Table
    from harness.report.table import console as as_rich
    from harness.safety.agreement import measure, write
    from harness.safety.labels import build_classifier

    classifier = build_classifier(Safety(judge=judge))
    rows = measure(classifier, folder)
    cells = tuple(
        (r.model, r.part, str(r.n), f"{100 * r.human:.1f}", f"{100 * r.ours:.1f}", f"{r.kappa:.3f}",
         f"{r.kappa_three:.3f}", str(r.unparsed))
        for r in rows
    )  # fmt: skip
    header = (
        "Model",
        "Prompts",
        "Answers",
        "people refused, %",
        classifier.name + ", %",
        "κ",
        "κ, three classes",
        "unparsed",
    )
    note = "Refused: in whole or in part. The rules were made on the development part; κ is Cohen's."
    console().print(as_rich(Table("agreement", "Agreement with XSTest's human labels", header, cells, (note,))))
    if out is not None:
        write(out, classifier, rows)
