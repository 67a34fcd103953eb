"""`valign synthesise`: from any document and a teacher to a data folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.terminal import console
from valign.escaping import on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alignment.synthesis.prompts import Prompts
    from alignment.synthesis.synthesise import Synthesis
    from alignment.synthesis.types import Teacher
    from harness.recipe.synthesis import SynthesisRecipe
    from tasks.data.types import Document

Paths = Annotated[list[Path] | None, typer.Argument(help="the document: a file, a folder, or several as one")]
TeacherName = Annotated[
    str | None,
    typer.Option(help="openai:MODEL@http://HOST:PORT/v1, lm-eval:hf,pretrained=MODEL, or extractive (no model)"),
]
RecipeFile = Annotated[Path | None, typer.Option(help="a recipe, as recipes/synthesis.yaml; options go before it")]
Overrides = Annotated[
    list[str], typer.Option("--set", help="change a key of the recipe: a.b=value; may be given again")
]


def synthesise(
    out: Annotated[Path, typer.Option(help="the data folder to write", show_default=False)],
    paths: Paths = None,
    teacher: TeacherName = None,
    recipe: RecipeFile = None,
    overrides: Overrides = [],  # noqa: B006
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print expected calls and tokens and stop")] = False,
    seed: Annotated[int | None, typer.Option(help="chooses what is held out; 0 if absent")] = None,
    held_out_sections: Annotated[
        float | None, typer.Option(help="share of sections held out whole; 0.15 if absent")
    ] = None,
    held_out_share: Annotated[
        float | None, typer.Option(help="share held out of the other sections; 0.2 if absent")
    ] = None,
    prompts: Annotated[Path | None, typer.Option(help="a folder with <name>.jinja that replace ours")] = None,
    concurrency: Annotated[int | None, typer.Option(help="requests in flight; 16 if absent")] = None,
    timeout: Annotated[float | None, typer.Option(help="seconds that one call may take; 120 if absent")] = None,
    budget_requests: Annotated[int | None, typer.Option(help="most calls, retries included")] = None,
    budget_tokens: Annotated[int | None, typer.Option(help="most tokens, prompts and answers")] = None,
    budget_money: Annotated[float | None, typer.Option(help="most money; wants the prices")] = None,
    prompt_price: Annotated[float | None, typer.Option(help="price of a million prompt tokens")] = None,
    completion_price: Annotated[float | None, typer.Option(help="price of a million answer tokens")] = None,
    reader: Annotated[str | None, typer.Option(help="what reads PDFs: valign, or docling, which is an extra")] = None,
    embedder: Annotated[str | None, typer.Option(help="embedding model; all-MiniLM-L6-v2 if absent")] = None,
) -> None:
    """Let a teacher write training data and held-out tasks about a document, and validate them.

    Exit code 1 if the teacher or a critic left something unanswered; the same command then repeats only those calls.
    """
    from alignment.synthesis.prompts import prompts_in
    from harness.recipe.synthesis import load_synthesis

    options: dict[str, Any] = {
        "document": [str(path) for path in paths] if paths else None,
        "teacher": teacher,
        "seed": seed,
        "held_out_sections": held_out_sections,
        "held_out_share": held_out_share,
        "concurrency": concurrency,
        "timeout": timeout,
        "budget.requests": budget_requests,
        "budget.tokens": budget_tokens,
        "budget.money": budget_money,
        "budget.prompt_price": prompt_price,
        "budget.completion_price": completion_price,
        "reader": reader,
        "embedder": embedder,
    }
    if prompts is not None:
        options |= {f"prompts.{name}": str(path) for name, path in prompts_in(prompts).items()}
    chosen = load_synthesis(recipe, overrides, options)
    if dry_run:
        _dry_run(chosen, console())
    else:
        raise typer.Exit(_run(chosen, out, console()))


def _open(chosen: SynthesisRecipe, prompts: Prompts, cache: Path | None) -> Teacher:
    from alignment.synthesis.teachers.open import open_teacher
    from valign.chat.budget import Budget
    from valign.chat.served import RetryPolicy

    budget, retry_policy = Budget(**chosen.budget.model_dump()), RetryPolicy(call_s=chosen.timeout)
    return open_teacher(chosen.teacher, prompts, chosen.settings(), cache, chosen.concurrency, budget, retry_policy)


def _run(chosen: SynthesisRecipe, out: Path, console: Any) -> int:
    """Write the data folder and return the exit code."""
    from alignment.synthesis.prompts import read_prompts
    from alignment.synthesis.synthesise import synthesise as run_synthesis
    from alignment.synthesis.writing import NOTES, store_document, write
    from valign.models.locate import locate

    prompts = read_prompts(chosen.prompts)
    document = store_document(_read(chosen), out)
    teacher = _open(chosen, prompts, out / NOTES / "replies.sqlite")
    with _progress(console) as on_progress:
        synthesis = run_synthesis(document, teacher, prompts, chosen.settings(), locate(chosen.embedder), on_progress)
    write(synthesis, out)
    chosen.write(out / NOTES / "recipe.yaml", prompts.texts)
    return _print_outcome(synthesis, out, console)


def _read(chosen: SynthesisRecipe) -> Document:
    """Read the document of a recipe; for a data folder, its `document.md`."""
    from tasks.documents.document import read_document
    from tasks.documents.read import read_any

    paths = [Path(name) for name in chosen.document]
    if len(paths) == 1 and (paths[0] / "document.md").is_file():
        return read_document(paths[0] / "document.md")
    return read_any(*paths, reader=chosen.reader)


@contextmanager
def _progress(console: Any) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each step; silent if the output is not a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def on_progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield on_progress


def _dry_run(chosen: SynthesisRecipe, console: Any) -> None:
    """Print the estimated calls and tokens without any call."""
    from rich.table import Table

    from alignment.synthesis.estimate import estimate_steps
    from alignment.synthesis.prompts import read_prompts
    from alignment.synthesis.synthesise import split_document
    from alignment.synthesis.teachers.extractive import NAME

    prompts, settings, document = read_prompts(chosen.prompts), chosen.settings(), _read(chosen)
    _open(chosen, prompts, None)
    chunks, split = split_document(document, settings)
    steps = [] if chosen.teacher == NAME else estimate_steps(document, chunks, prompts, settings)
    title = f"{document.title}: {len(chunks)} chunks to ask about, {len(split.too_short)} too short"
    table = Table(title=on_terminal(title), title_justify="left", show_footer=True)
    table.add_column("step", footer="at most")
    for heading, counts in (
        ("calls", [step.calls for step in steps]),
        ("prompt tokens, about", [step.prompt_tokens for step in steps]),
        ("answer tokens, about", [step.completion_tokens for step in steps]),
    ):
        table.add_column(heading, footer=f"{sum(counts):,}", justify="right")
    for step in steps:
        table.add_row(step.step, f"{step.calls:,}", f"{step.prompt_tokens:,}", f"{step.completion_tokens:,}")
    console.print(table)
    console.print("Replies in the cache cost nothing; retries and answers asked again cost more.", highlight=False)


def _print_outcome(synthesis: Synthesis, out: Path, console: Any) -> int:
    """Print the report and the next steps; returns 1 if a request was not answered or a split has no items."""
    from alignment.synthesis.next_steps import next_steps
    from alignment.synthesis.render import as_tables
    from alignment.synthesis.writing import empty_splits

    console.print(as_tables(synthesis.report))
    for line in next_steps(synthesis, out):
        console.print(on_terminal(line), soft_wrap=True)
    return int(bool(empty_splits(synthesis)) or not synthesis.report.complete)
