"""`valign synthesise`: from any document and a teacher to a data folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alignment.synthesis.prompts import Prompts
    from alignment.synthesis.types import Teacher
    from harness.synthesis import SynthesisRecipe
    from tasks.types import Document

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

    Exit code 1 where the teacher or the critic left something unanswered: the same command asks for that alone.
    """
    from alignment.synthesis.prompts import prompts_in
    from harness.cli.app import console
    from harness.synthesis import load_synthesis

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
        _expect(chosen, console())
    else:
        raise typer.Exit(_carry_out(chosen, out, console()))


def _open(chosen: SynthesisRecipe, prompts: Prompts, cache: Path | None) -> Teacher:
    from alignment.chat.budget import Budget
    from alignment.chat.served import Patience
    from alignment.synthesis.teachers.open import open_teacher

    budget, patience = Budget(**chosen.budget.model_dump()), Patience(call_s=chosen.timeout)
    return open_teacher(chosen.teacher, prompts, chosen.settings(), cache, chosen.concurrency, budget, patience)


def _carry_out(chosen: SynthesisRecipe, out: Path, console: Any) -> int:
    """Write the data folder; the exit code."""
    from alignment.synthesis.prompts import read_prompts
    from alignment.synthesis.synthesise import synthesise as carry_out
    from alignment.synthesis.writing import NOTES, as_read_back, write
    from alignment.weights import locate

    prompts = read_prompts(chosen.prompts)
    document = as_read_back(_read(chosen), out)
    teacher = _open(chosen, prompts, out / NOTES / "replies.sqlite")
    with _progress(console) as progress:
        made = carry_out(document, teacher, prompts, chosen.settings(), locate(chosen.embedder), progress)
    write(made, out)
    chosen.write(out / NOTES / "recipe.yaml", prompts.texts)
    return _conclude(made, out, console)


def _read(chosen: SynthesisRecipe) -> Document:
    """The document that a recipe names; a data folder's is its `document.md`."""
    from tasks.document import read_document
    from tasks.reading import read_any

    paths = [Path(name) for name in chosen.document]
    if len(paths) == 1 and (paths[0] / "document.md").is_file():
        return read_document(paths[0] / "document.md")
    return read_any(*paths, reader=chosen.reader)


@contextmanager
def _progress(console: Any) -> Iterator[Callable[[str, int, int], None]]:
    """A line a step that fills as answers come; nothing where nobody looks at a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        tasks: dict[str, Any] = {}

        def told(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=of)
            shown.update(tasks[step], completed=done, total=of)

        yield told


def _expect(chosen: SynthesisRecipe, console: Any) -> None:
    """Print what a synthesis would ask, and ask nothing."""
    from rich.table import Table

    from alignment.synthesis.estimate import expected
    from alignment.synthesis.prompts import read_prompts
    from alignment.synthesis.synthesise import split_document
    from alignment.synthesis.teachers.extractive import NAME

    prompts, settings, document = read_prompts(chosen.prompts), chosen.settings(), _read(chosen)
    _open(chosen, prompts, None)
    chunks, split = split_document(document, settings)
    steps = [] if chosen.teacher == NAME else expected(document, chunks, prompts, settings)
    title = f"{document.title}: {len(chunks)} chunks to ask about, {len(split.too_short)} too short"
    table = Table(title=title, title_justify="left", show_footer=True)
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


def _conclude(made: Any, out: Path, console: Any) -> int:
    """Print what became of it and say what to do next; 1 where something was left unanswered or a file is missing."""
    from alignment.synthesis.advice import advice
    from alignment.synthesis.render import as_tables
    from alignment.synthesis.writing import missing

    console.print(as_tables(made.report))
    for line in advice(made, out):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return int(bool(missing(made)) or not made.report.complete)
