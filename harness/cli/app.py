"""The command line: one `typer` application; a user's mistake is one line and exit code 2."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from tasks.errors import InputError

if TYPE_CHECKING:
    from harness.config import Part

app = typer.Typer(
    help="How well does a language model hold the values written in a document?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
#: The exit code that typer makes of Ctrl-C.
_INTERRUPTED = 130
RecipeFile = Annotated[Path, typer.Argument(help="a recipe, as recipes/quickstart.yaml", show_default=False)]
Overrides = Annotated[list[str], typer.Option("--set", help="change a key: a.b=value; may be given again")]
Out = Annotated[Path | None, typer.Option(help="the run's folder; runs/<name> where not given")]


def console() -> Console:
    """A console wide enough for the tables, whether it is a terminal or a file."""
    return Console(width=None if sys.stdout.isatty() else 200, soft_wrap=False)


@app.command()
def run(
    recipe: RecipeFile,
    overrides: Overrides = [],  # noqa: B006
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print the plan with estimates and stop")] = False,
) -> None:
    """Carry out a recipe: train, answer, score, judge, report. What is there already is not made again."""
    from harness.check import check
    from harness.plan import Planner
    from harness.progress import StepPrinter, plan_table
    from harness.recipe import load_recipe
    from harness.report.table import console as as_rich
    from harness.report.write import FILES, preamble
    from harness.run import run as carry_out
    from harness.run import run_folder
    from harness.store import Store

    show = console()
    checked = load_recipe(recipe, overrides)
    folder = run_folder(checked, out)
    planner = Planner(checked)
    plans = planner.plan()
    if dry_run:
        store = Store(folder / "artefacts")
        check(planner, plans, store)
        show.print(plan_table(planner, plans, store))
        return
    printer = StepPrinter(show, sum(len(plan.steps()) for plan in plans))
    tables = carry_out(checked, folder, printer)
    for line in preamble(checked):
        show.print(line.replace("**", "").replace("`", ""), highlight=False, markup=False)
    for table in tables:
        show.print(as_rich(table))
    show.print(f"{printer.summary()} in {folder}", highlight=False, markup=False)
    written = ", ".join(str(folder / name) for name in FILES)
    show.print(f"Tables: {written}", highlight=False, markup=False, soft_wrap=True)
    if checked.seed_model.stand_in:
        show.print(
            "With a real model: valign run recipes/one-gpu.yaml --dry-run, or name yours with "
            "--set seed_model.model=OWNER/NAME --set seed_model.stand_in=false",
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="the folder of a finished run", show_default=False)]) -> None:
    """Write and print the tables of a finished run again; nothing is trained, generated or judged."""
    from harness.report.table import console as as_rich
    from harness.report.write import report_run

    for table in report_run(folder):
        console().print(as_rich(table))


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
    """Evaluate any model that lm-eval can load on any registered task; figures come with intervals."""
    from harness.evaluate import evaluate_tasks
    from harness.report.table import console as as_rich

    names = [name.strip() for name in tasks.split(",") if name.strip()]
    table = evaluate_tasks(names, model, model_args, device, batch_size, limit, include_path, out)
    console().print(as_rich(table))


@app.command(name="tasks")
def list_tasks() -> None:
    """List the registered documents and their held-out tasks."""
    from rich.table import Table

    from tasks.folder import shipped

    table = Table(title="Documents and held-out tasks", title_justify="left")
    for name in ("task", "document", "sections", "D_sft", "D_pref", "held-out (seen/unseen)", "held-out pairs"):
        table.add_column(name)
    for folder in shipped():
        document, held_out = folder.document(), folder.held_out()
        seen = sum(item.seen for item in held_out)
        pairs = len(folder.held_out_preferences()) if folder.has_held_out_preferences else 0
        table.add_row(
            f"valign_{folder.name}\nvalign_{folder.name}_preference", document.title, str(len(document.sections)),
            str(len(folder.instructions())), str(len(folder.preferences())),
            f"{len(held_out)} ({seen}/{len(held_out) - seen})", str(pairs),
        )  # fmt: skip
    console().print(table)


@app.command()
def methods() -> None:
    """List the methods that turn a seed model into a checkpoint."""
    from rich.table import Table

    from harness.methods import find_method, known_methods

    table = Table(title="Methods", title_justify="left")
    for heading in ("name", "starts from", "reads", "what it does"):
        table.add_column(heading)
    for name in known_methods():
        method = find_method(name)
        table.add_row(method.name, method.starts_from, method.reads, method.summary)
    console().print(table)


@app.command()
def schema(
    of: Annotated[Literal["run", "synthesis"], typer.Argument(help="the recipe of a run or of a synthesis")] = "run",
) -> None:
    """Print the JSON Schema of a recipe, for editors."""
    import json

    from harness.recipe import Recipe
    from harness.synthesis import SynthesisRecipe

    kinds: dict[str, type[Part]] = {"run": Recipe, "synthesis": SynthesisRecipe}
    typer.echo(json.dumps(kinds[of].model_json_schema(), indent=2))


@app.command()
def doctor() -> None:
    """Say what is installed, what device there is, what can be reached, what would fail, and how to mend it."""
    from harness.doctor import examine

    table, failing = examine()
    console().print(table)
    raise typer.Exit(1 if failing else 0)


def main() -> None:
    """Run the command; an `InputError` is printed in one line, with exit code 2."""
    from harness.cli.compare import compare
    from harness.cli.data import data
    from harness.cli.judge import judge
    from harness.cli.safety import agreement, safety
    from harness.cli.score import score
    from harness.cli.synthesise import synthesise

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    warnings.filterwarnings("ignore", category=FutureWarning)
    app.add_typer(data, name="data")
    app.add_typer(judge, name="judge")
    app.command()(compare)
    app.command()(score)
    app.command()(safety)
    app.command(name="safety-agreement")(agreement)
    app.command()(synthesise)
    try:
        app()
    except InputError as error:
        typer.echo(f"valign: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    except SystemExit as stopped:
        if stopped.code == _INTERRUPTED:
            typer.echo("valign: stopped; run the same command again to go on", err=True)
        raise


if __name__ == "__main__":
    main()
