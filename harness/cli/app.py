"""The command line, a `typer` application; a user's mistake is reported in one line with exit code 2."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.comment import comment
from harness.cli.compare import compare
from harness.cli.data import data
from harness.cli.imports import import_logs
from harness.cli.judge import judge
from harness.cli.leaderboard import leaderboard
from harness.cli.models import models
from harness.cli.push import push
from harness.cli.safety import agreement, safety
from harness.cli.score import score
from harness.cli.synthesise import synthesise
from harness.cli.terminal import console, open_page, print_report, print_tables, say
from valign.errors import InputError
from valign.escaping import on_terminal, one_line

if TYPE_CHECKING:
    from harness.recipe.yaml_files import Part

app = typer.Typer(
    help="How well does a language model hold the values written in a document?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data, name="data")
app.add_typer(judge, name="judge")
app.add_typer(leaderboard, name="leaderboard")
app.add_typer(models, name="models")
app.command()(compare)
app.command()(comment)
app.command(name="import")(import_logs)
app.command()(push)
app.command()(score)
app.command()(safety)
app.command(name="safety-agreement")(agreement)
app.command()(synthesise)
#: typer's exit code for Ctrl-C.
_INTERRUPTED = 130
RecipeFile = Annotated[Path, typer.Argument(help="a recipe, as recipes/quickstart.yaml", show_default=False)]
Overrides = Annotated[list[str], typer.Option("--set", help="change a key: a.b=value; may be given again")]
Out = Annotated[Path | None, typer.Option(help="the run's folder; runs/<name> where not given")]


@app.command()
def run(
    recipe: RecipeFile,
    overrides: Overrides = [],  # noqa: B006
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print the plan with estimates and stop")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="show what libraries print, in place of run.log")] = False,
    variance_from: Annotated[
        Path | None, typer.Option(help="with --dry-run: the finished run whose variance says what this one can show")
    ] = None,
) -> None:
    """Run a recipe: train, answer, score, judge, report. Existing artefacts are reused."""
    from harness.api import run_folder, run_plan
    from harness.cli.models import shown_progress
    from harness.recipe import load_recipe
    from harness.report.planned_power import power_tables
    from harness.report.progress import StagePrinter, plan_table
    from harness.run.plan import check_stages, make_plan
    from harness.run.store import Store
    from harness.stages.setup import named_models
    from valign.models.fetch import ensure_models

    show = console()
    checked = load_recipe(recipe, overrides)
    folder = run_folder(checked, out)
    with shown_progress() as on_progress:
        ensure_models(named_models(checked), on_progress)
    plan = make_plan(checked)
    store = Store(folder / "artefacts")
    for line in plan.setup.warnings():
        say(f"warning: {line}")
    if dry_run:
        check_stages(plan.missing(store))
        show.print(plan_table(plan, store))
        print_tables(power_tables(plan, folder, variance_from))
        return
    with StagePrinter(show, plan, store) as printer:
        finished = run_plan(plan, folder, printer, verbose)
    print_report(finished, [f"{printer.summary()} in {folder}"])


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN [RUN…]", help="finished runs", show_default=False)],
    formats: Annotated[list[str], typer.Option("--format", help="a further output format; may be given again")] = [],  # noqa: B006
    full: Annotated[bool, typer.Option("--full", help="print every table, not one screen")] = False,
    open_it: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
    out: Annotated[Path | None, typer.Option(help="the page of several runs; report-against-<first>.html")] = None,
) -> None:
    """Write the report of a finished run and print what it shows; nothing is trained, generated or judged.

    Of several runs, one page that holds the later ones against the first: flips, changes by clause, all answers.
    """
    from harness.api import load_run, write_page

    if len(folders) > 1:
        page = write_page(folders, out)
        say(f"Page: {page}")
        if open_it:
            open_page([page], page.parent)
        return
    finished = load_run(folders[0])
    written = finished.write_report(formats)
    print_report(finished, full=full)
    if open_it:
        open_page(written, folders[0])


@app.command()
def evaluate(
    tasks: Annotated[str, typer.Option(help="registered tasks, comma-separated: valign_bcg,valign_udhr_preference,…")],
    model: Annotated[str, typer.Option(help="an lm-eval backend: hf, vllm, local-completions, …")] = "hf",
    model_args: Annotated[str, typer.Option(help="the backend's arguments: pretrained=…,dtype=…")] = "",
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, …")] = "cpu",
    batch_size: Annotated[int, typer.Option(min=1)] = 16,
    limit: Annotated[int | None, typer.Option(min=1, help="only the first items of each task")] = None,
    include_path: Annotated[Path | None, typer.Option(help="a folder with further lm-eval tasks")] = None,
    out: Annotated[Path | None, typer.Option(help="where results go, in lm-eval's layout")] = None,
) -> None:
    """Evaluate any model that lm-eval can load on any registered task, with intervals."""
    from harness.report.evaluation import evaluate_tasks

    names = [name.strip() for name in tasks.split(",") if name.strip()]
    print_tables([evaluate_tasks(names, model, model_args, device, batch_size, limit, include_path, out)])


@app.command(name="tasks")
def list_tasks() -> None:
    """List the registered documents and their held-out tasks."""
    from rich.table import Table

    from tasks.data.folder import shipped

    table = Table(title="Documents and held-out tasks", title_justify="left")
    for name in ("task", "document", "sections", "D_sft", "D_pref", "held-out (seen/unseen)", "held-out pairs"):
        table.add_column(name)
    for folder in shipped():
        document, held_out = folder.document(), folder.held_out()
        seen = sum(item.seen for item in held_out)
        pairs = len(folder.held_out_preferences()) if folder.has_held_out_preferences else 0
        table.add_row(
            on_terminal(f"valign_{folder.name}\nvalign_{folder.name}_preference"), on_terminal(document.title),
            str(len(document.sections)),
            str(len(folder.instructions())), str(len(folder.preferences())),
            f"{len(held_out)} ({seen}/{len(held_out) - seen})", str(pairs),
        )  # fmt: skip
    console().print(table)


@app.command()
def methods() -> None:
    """List the methods: those that turn a seed model into a checkpoint, and those that change its prompt."""
    from rich.table import Table

    from baselines.registry import METHODS

    table = Table(title="Methods", title_justify="left")
    for heading in ("name", "starts from", "reads", "what it does"):
        table.add_column(heading)
    for method in map(METHODS.find, METHODS.names()):
        table.add_row(*map(on_terminal, (method.name, method.starts_from, method.reads, method.summary)))
    console().print(table)


@app.command()
def schema(
    of: Annotated[Literal["run", "synthesis"], typer.Argument(help="the recipe of a run or of a synthesis")] = "run",
) -> None:
    """Print the JSON Schema of a recipe, for editors."""
    import json

    from harness.recipe import Recipe
    from harness.recipe.synthesis import SynthesisRecipe

    kinds: dict[str, type[Part]] = {"run": Recipe, "synthesis": SynthesisRecipe}
    typer.echo(json.dumps(kinds[of].model_json_schema(), indent=2))


@app.command()
def doctor() -> None:
    """Check packages, device, memory, disk, models and network, and say how to fix what fails."""
    from harness.cli.doctor import run_checks

    table, failing = run_checks()
    console().print(table)
    raise typer.Exit(1 if failing else 0)


def main() -> None:
    """Run the command; an `InputError` is printed in one line with exit code 2."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    warnings.filterwarnings("ignore", category=FutureWarning)
    try:
        app()
    except InputError as error:
        typer.echo(f"valign: {one_line(str(error))}", err=True)
        sys.exit(2)
    except SystemExit as stopped:
        if stopped.code == _INTERRUPTED:
            typer.echo("valign: stopped; run the same command again to continue", err=True)
        raise


if __name__ == "__main__":
    main()
