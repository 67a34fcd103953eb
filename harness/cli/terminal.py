"""Output of the commands to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console

from harness.report.table import Table
from valign.escaping import on_terminal

if TYPE_CHECKING:
    from harness.stages.base import Stage


def console() -> Console:
    """A console wide enough for the tables, whether it is a terminal or a file."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, soft_wrap=False)


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables with rich."""
    from harness.report.table import console as as_rich

    show = console()
    for table in tables:
        show.print(as_rich(table))


def say(line: str) -> None:
    """Print one line without markup or colours."""
    console().print(on_terminal(line), soft_wrap=True)


def say_finished(stage: Stage, state: str) -> None:
    """A callback for what is added to a finished run: one line for each stage that is made."""
    if state == "finished":
        say(f"{stage.document}: {stage.title}")
