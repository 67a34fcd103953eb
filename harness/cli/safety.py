"""`valign safety` and `valign safety-agreement`: safety figures of a finished run, and the classifier's agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import console, in_full, print_ending, print_tables
from valign.errors import InputError


def safety(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a finished run", show_default=False)],
    suite: Annotated[str, typer.Option(help="core, paper, full, or suites by name with commas between them")] = "core",
    limit: Annotated[int | None, typer.Option(min=1, help="about so many items of each task")] = None,
    max_gen_toks: Annotated[int, typer.Option(min=1, help="most tokens of an answer")] = 128,
    data_dir: Annotated[Path | None, typer.Option(help="a folder with local copies of public suites")] = None,
    judge: Annotated[str | None, typer.Option(help="a chat model that classes answers: openai:MODEL@URL")] = None,
) -> None:
    """Run safety tasks on every system of a finished run; its training, answers and verdicts stay as they are."""
    from harness.api import run_plan
    from harness.recipe.recipe import Safety
    from harness.report.progress import StagePrinter
    from harness.report.safety_ending import safety_sentences, safety_summary
    from harness.run.manifest import check_finished, read_manifest
    from harness.run.plan import make_plan
    from harness.run.store import Store

    manifest, store = read_manifest(folder), Store(folder / "artefacts")
    check_finished(manifest, store)
    block = Safety(
        suite=suite,
        limit=limit,
        max_gen_toks=max_gen_toks,
        data_dir=str(data_dir) if data_dir else None,
        judge=judge,
    )
    plan = make_plan(manifest.recipe.model_copy(update={"safety": block}))
    missing = [stage for stage in plan.missing(store) if stage.kind not in ("responses", "labels")]
    if missing:
        raise InputError(
            f"{folder}: {len(missing)} artefacts do not match, first {missing[0].title}: the models, data or packages "
            f"have changed since the run; run the recipe again: valign run {folder / 'recipe.yaml'} --out {folder}"
        )
    with StagePrinter(console(), plan, store) as printer:
        finished = run_plan(plan, folder, printer, verbose=False)
    report = finished.report
    said = [f"{printer.summary()} in {folder}", f"Intervals, kinds and harm areas: {folder / 'safety.md'}"]
    if (folder / "safety.svg").is_file():
        said.append(f"Refusal against over-refusal: {folder / 'safety.svg'}")
    sentences = safety_sentences(report.manifest, report.safety)
    print_ending(sentences, safety_summary(report.manifest, report.safety), said, in_full(folder))


def agreement(
    folder: Annotated[Path, typer.Argument(help="a folder with XSTest's labelled answers", show_default=False)],
    judge: Annotated[str | None, typer.Option(help="a chat model to measure instead: openai:MODEL@URL")] = None,
    out: Annotated[Path | None, typer.Option(help="write the figures here as JSON")] = None,
) -> None:
    """Measure how well answers are classed, against XSTest's human labels of three models."""
    from harness.recipe.recipe import Safety
    from harness.report.table import Table
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
    print_tables([Table("agreement", "Agreement with XSTest's human labels", header, cells, (note,))])
    if out is not None:
        write(out, classifier, rows)
