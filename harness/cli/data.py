"""`valign data`: audit, export, set-aside, fetch and read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.terminal import console, say
from tasks.data.types import Document
from tasks.documents.read import Reader
from valign.escaping import on_terminal

if TYPE_CHECKING:
    from rich.table import Table as RichTable

data = typer.Typer(help="Check, export, fetch and read data.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="a registered document or a data folder", show_default=False)]


@data.command()
def audit(
    name: Name,
    as_json: Annotated[Path | None, typer.Option("--json", help="write the findings and figures here too")] = None,
    embedder: Annotated[str | None, typer.Option(help="embedding model; all-MiniLM-L6-v2 if absent")] = None,
    most: Annotated[int, typer.Option(min=0, help="findings shown of each check")] = 20,
) -> None:
    """Check for duplicates, leaks, imbalance and broken rows. Exit code 1 if something is found."""
    from tasks.data.audit import audit as check
    from tasks.data.audit import render
    from tasks.data.audit.report import Limits
    from tasks.data.folder import find
    from valign.files import write_json
    from valign.models.locate import MINILM, locate

    found = check(find(name), Limits(), locate(embedder or MINILM))
    render.print_audit(found, console(), most)
    if as_json is not None:
        write_json(as_json, render.as_json(found))
    raise typer.Exit(1 if found.findings else 0)


@data.command()
def export(name: Name, out: Annotated[Path, typer.Argument(help="a new or empty folder", show_default=False)]) -> None:
    """Write the splits as a folder that `datasets.load_dataset` opens."""
    from tasks.data.export import export as write
    from tasks.data.folder import find

    say(f"written: {write(find(name), out)}")


@data.command(name="set-aside")
def set_aside(
    name: Name,
    out: Annotated[Path, typer.Argument(help="a new or empty folder", show_default=False)],
    share: Annotated[float, typer.Option(help="the share of the training items that is set aside")] = 0.2,
) -> None:
    """Write a data folder whose held-out tasks are training items: choose rates, steps and passages on it."""
    from tasks.data.folder import find
    from tasks.data.set_aside import set_aside as write

    made = write(find(name), out, share)
    typer.echo(f"written: {made.path}; compare settings there by valign run RECIPE --set document={made.path}")


@data.command()
def fetch(
    what: Annotated[str, typer.Argument(help="udhr: the official Universal Declaration of Human Rights")],
    out: Annotated[Path, typer.Option(help="the folder to write document.md into")] = Path("data/udhr-official"),
    source: Annotated[Path | None, typer.Option("--from", help="a local file instead of the public address")] = None,
) -> None:
    """Download a public document, check its SHA-256, and write it as document.md."""
    from tasks.documents.fetch import fetch_udhr
    from valign.errors import unknown

    if what != "udhr":
        raise unknown("document to fetch", what, ["udhr"])
    document = fetch_udhr(out, source)
    say(f"written: {out / 'document.md'}, {len(document.sections)} sections")


@data.command()
def read(
    paths: Annotated[list[Path], typer.Argument(help="a file, a folder, or several as one document")],
    reader: Annotated[Reader, typer.Option(help="what reads PDFs; docling is an extra, for hard ones")] = "valign",
    out: Annotated[Path | None, typer.Option(help="write it as Markdown that valign reads back, X/document.md")] = None,
) -> None:
    """Show the sections and chunks of a document in PDF, DOCX, HTML, Markdown or plain text."""
    from tasks.documents.document import markdown_of
    from tasks.documents.folder import select_files
    from tasks.documents.read import read_any
    from valign.files import write_atomic

    document = read_any(*paths, reader=reader)
    console().print(_outline(document))
    for left, reason in (left for path in paths if path.is_dir() for left in select_files(path).left_out):
        say(f"left out: {left} ({reason})")
    if out is not None:
        write_atomic(out, markdown_of(document))
        say(f"written: {out}")


def _outline(document: Document) -> RichTable:
    """A table of each section's id, title, words and chunks; a chunk has at most 256 words."""
    from rich.table import Table as RichTable

    from tasks.documents.blocks import count_words
    from tasks.documents.chunking import chunk_document

    chunks = Counter(chunk.section for chunk in chunk_document(document))
    sizes = {section.id: count_words(section.text) for section in document.sections}
    table = RichTable(title=on_terminal(document.title), title_justify="left")
    for name in ("section", "title"):
        table.add_column(name, overflow="fold")
    for name in ("words", "chunks"):
        table.add_column(name, justify="right", no_wrap=True)
    for section in document.sections:
        row = (section.id, section.title, f"{sizes[section.id]:,}", str(chunks[section.id]))
        table.add_row(*map(on_terminal, row))
    table.caption = f"{len(sizes)} sections, {sum(sizes.values()):,} words, {chunks.total():,} chunks"
    table.caption_justify = "left"
    return table
