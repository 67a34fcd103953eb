"""Output of the commands to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from harness.report.table import Table
from valign.errors import InputError
from valign.escaping import on_terminal

if TYPE_CHECKING:
    from harness.api import Run
    from harness.stages.base import Stage

_PAGE = "report.html"


def console() -> Console:
    """A console wide enough for the tables, whether it is a terminal or a file."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, soft_wrap=False)


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables with rich."""
    from harness.report.table import console as as_rich

    show = console()
    for table in tables:
        show.print(as_rich(table))


def print_report(finished: Run, said: Sequence[str] = (), full: bool = False, first: Sequence[str] = ()) -> None:
    """Print the ending for a run, or with `full` all that it rests on and every table.

    said: lines that come before where the rest lies. first: columns that the main table shows before others.
    """
    from harness.report.conclusions import conclusions
    from harness.report.ending import main_table, run_sentences, width_of
    from harness.report.side_by_side import side_by_side
    from harness.report.table import notes_text

    report = finished.report
    if full:
        console().print(notes_text(conclusions(report)))
        print_tables([*report.tables, *map(side_by_side, report.readings)])
        for line in (*said, *places(finished.folder)):
            say(line)
    else:
        table = main_table(report, width_of(console()), first)
        print_ending(run_sentences(report), table, [*said, *places(finished.folder)], in_full(finished.folder))


def print_ending(sentences: Sequence[str], table: Table, said: Sequence[str], more: str) -> None:
    """Print sentences, a table and lines, on one screen. more: what prints the rest."""
    from harness.report.ending import ending

    show = console()
    for one in ending(sentences, table, said, show, more):
        show.print(one, soft_wrap=isinstance(one, Text))


def in_full(folder: Path) -> str:
    """The command that prints all of a run's report."""
    return f"valign report {folder} --full"


def places(folder: Path) -> list[str]:
    """Where a run's report lies: its page, if it was written, and its tables."""
    page = [f"Page: {folder / _PAGE}"] if (folder / _PAGE).is_file() else []
    return [*page, f"Tables and answers: {folder / 'tables.md'}, and beside it for LaTeX, spreadsheets and programs"]


def open_page(written: Sequence[Path], folder: Path) -> None:
    """Open a run's page in the browser.

    Raises:
        InputError: no page was written, or no browser is there.
    """
    import webbrowser

    page = folder / _PAGE
    if page not in written:
        raise InputError(f"--open: no {_PAGE} was written to {folder}; see valign report --help for --format")
    if not webbrowser.open(page.resolve().as_uri()):
        raise InputError(f"--open: no browser is here; open {page} yourself")


def say(line: str) -> None:
    """Print one line without markup or colours."""
    console().print(on_terminal(line), soft_wrap=True)


def say_finished(stage: Stage, state: str) -> None:
    """A callback for what is added to a finished run: one line for each stage that is made."""
    if state == "finished":
        say(f"{stage.document}: {stage.title}")
