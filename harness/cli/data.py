"""`valign data`: audit, export, fetch and read."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.reading import Reader
from tasks.types import Document

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
    """Look for duplicates, leaks, imbalance and broken rows. Exit code 1 where something is found."""
    from alignment.weights import MINILM, locate
    from harness.cli.app import console
    from harness.store import write_whole
    from tasks.audit import audit as check
    from tasks.audit import render
    from tasks.audit.report import Limits
    from tasks.folder import find

    found = check(find(name), Limits(), locate(embedder or MINILM))
    render.print_audit(found, console(), most)
    if as_json is not None:
        write_whole(as_json, json.dumps(render.as_json(found), indent=1, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if found.findings else 0)


@data.command()
def export(name: Name, out: Annotated[Path, typer.Argument(help="a new or empty folder", show_default=False)]) -> None:
    """Write the splits as a folder that `datasets.load_dataset` opens."""
    from tasks.export import export as write
    from tasks.folder import find

    typer.echo(f"written: {write(find(name), out)}")


@data.command()
def fetch(
    what: Annotated[str, typer.Argument(help="udhr: the official Universal Declaration of Human Rights")],
    out: Annotated[Path, typer.Option(help="the folder to write document.md into")] = Path("data/udhr-official"),
    source: Annotated[Path | None, typer.Option("--from", help="a file at hand in place of the public address")] = None,
) -> None:
    """Fetch a public document, checked by SHA-256, as a document of ours."""
    from tasks.errors import unknown
    from tasks.fetch import fetch_udhr

    if what != "udhr":
        raise unknown("document to fetch", what, ["udhr"])
    document = fetch_udhr(out, source)
    typer.echo(f"written: {out / 'document.md'}, {len(document.sections)} sections")


@data.command()
def read(
    paths: Annotated[list[Path], typer.Argument(help="a file, a folder, or several as one document")],
    reader: Annotated[Reader, typer.Option(help="what reads PDFs; docling is an extra, for hard ones")] = "valign",
    out: Annotated[Path | None, typer.Option(help="write it as Markdown that valign reads back, X/document.md")] = None,
) -> None:
    """Show what is read of a document in PDF, DOCX, HTML, Markdown or plain text: its sections and chunks."""
    from harness.cli.app import console
    from harness.store import write_whole
    from tasks.document import markdown_of
    from tasks.reading import choose, read_any

    document = read_any(*paths, reader=reader)
    console().print(_outline(document))
    for left, reason in (left for path in paths if path.is_dir() for left in choose(path).left_out):
        typer.echo(f"left out: {left} ({reason})")
    if out is not None:
        write_whole(out, markdown_of(document))
        typer.echo(f"written: {out}")


def _outline(document: Document) -> RichTable:
    """Id, title, words and chunks of each section; a chunk has at most 256 words."""
    from rich.markup import escape
    from rich.table import Table as RichTable

    from tasks.document import chunk_document
    from tasks.reading.blocks import words

    chunks = Counter(chunk.section for chunk in chunk_document(document))
    sizes = {section.id: words(section.text) for section in document.sections}
    table = RichTable(title=escape(document.title), title_justify="left")
    for name in ("section", "title"):
        table.add_column(name, overflow="fold")
    for name in ("words", "chunks"):
        table.add_column(name, justify="right", no_wrap=True)
    for section in document.sections:
        row = (section.id, section.title, f"{sizes[section.id]:,}", str(chunks[section.id]))
        table.add_row(*map(escape, row))
    table.caption = f"{len(sizes)} sections, {sum(sizes.values()):,} words, {chunks.total():,} chunks"
    table.caption_justify = "left"
    return table
