"""The leaderboard of a folder: its entries read and verified, its pages built, written and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.leaderboard.boards import boards
from harness.leaderboard.entry import Entry, entry_text, read_entry
from harness.leaderboard.measured import verify
from harness.report.leaderboard.html import leaderboard_html
from harness.report.leaderboard.markdown import leaderboard_markdown
from harness.report.leaderboard.view import tables
from valign.errors import InputError
from valign.files import write_atomic

_HEADING = "valign leaderboard"
_INTRO = (
    "Each cell gives the ranks that a system can hold in that column, then its figure with its 95% interval. Ranks 1–3 "
    "of 6 say that no system is shown to be better and three are shown to be worse. Systems whose ranks overlap are "
    "tied as far as these items can tell; in bold is what can hold rank 1, in columns that show any difference. The "
    "ranks of a column hold for all its systems together with 95% confidence; nothing is corrected across columns.",
    "Ranked against each other are only figures on the same items and references with the same metric signature. "
    "There is no overall rank: rows stand in the order of their first column.",
)


def entries_folder(results: Path) -> Path:
    """Where entries are."""
    return results / "entries"


def read_entries(results: Path) -> list[Entry]:
    """All entries below a folder, each with its figures computed again.

    Raises:
        InputError: there are none; or one is broken, changed by hand, or its figures are not what its values make.
    """
    paths = sorted(entries_folder(results).glob("*.json"))
    if not paths:
        raise InputError(f"{entries_folder(results)}: no entry; add one: valign leaderboard add RUN")
    entries = [read_entry(path) for path in paths]
    for entry in entries:
        verify(entry)
    return entries


def pages(entries: list[Entry]) -> Mapping[str, str]:
    """File name -> text of the leaderboard's pages; the same entries make the same pages."""
    shown = tables(boards(entries))
    return {
        "leaderboard.md": leaderboard_markdown(shown, _HEADING, _INTRO),
        "leaderboard.html": leaderboard_html(shown, _HEADING, _INTRO),
    }


def build(results: Path) -> list[Path]:
    """Write the pages of a folder's entries; returns their paths.

    Raises:
        InputError: see `read_entries`.
    """
    built = pages(read_entries(results))
    for name, text in built.items():
        write_atomic(results / name, text)
    return [results / name for name in built]


def check(results: Path) -> int:
    """Check a folder's entries, and that its pages are what they make; returns the number of entries.

    Raises:
        InputError: see `read_entries`; or a page is missing or another.
    """
    entries = read_entries(results)
    for name, text in pages(entries).items():
        path = results / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            raise InputError(f"{path}: not what the entries make; run valign leaderboard --results {results}")
    return len(entries)


def add(entry: Entry, results: Path, replace: bool = False) -> Path:
    """Write an entry into a folder; returns its path. The pages are not built again.

    Raises:
        InputError: another entry has that name, and `replace` is false.
    """
    path, text = entries_folder(results) / f"{entry.name}.json", entry_text(entry)
    if path.is_file() and not replace and path.read_text(encoding="utf-8") != text:
        raise InputError(f"{path}: another entry of this name is there; choose --name, or --replace it")
    write_atomic(path, text)
    return path
