"""Tables as LaTeX, ready to `\\input` into a document that loads booktabs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from harness.report.table import Table
from valign.escaping import LATEX_CHARACTER, in_latex, one_line, shortened

#: Characters of a cell, beyond which it is no cell of a printed table.
_MOST = 400
_MOST_OF_A_NOTE = 1500
#: A column with a longer cell gets a fixed width and wraps.
_WIDE = 36
_WRAPPED = "p{0.24\\textwidth}"
#: A value above its interval.
_INTERVAL = (
    r"\providecommand{\valigninterval}[2]"
    r"{\begin{tabular}[t]{@{}r@{}}#1\\[-2pt]{\scriptsize #2}\end{tabular}}"
)
#: A table wider than the page is scaled to it, if the document loads graphicx.
_FIT = (
    r"\providecommand{\valignfit}[1]{\sbox0{#1}\ifdim\wd0>\textwidth\ifdefined\resizebox"
    r"\resizebox{\textwidth}{!}{\usebox0}\else\usebox0\fi\else\usebox0\fi}"
)
#: Words of a header are stacked up to this many characters.
_HEADER = 13
_WITH_INTERVAL = re.compile(r"(?P<value>\S+) (?P<interval>\[[^\[\]]*\])(?P<rest>[^\[\]]*)")
_MINUS = re.compile(r"(?<![\w.])-(?=[\d.])")


def latex(tables: Sequence[Table], preamble: Sequence[str]) -> str:
    """All tables as `table*` environments. preamble: lines of plain text, which become comments.

    The best value of a column is bold, and superscripts mark what is shown to be better than what; the caption says
    how. No cell, whatever it holds, adds a row, a column or a command.
    """
    bodies = [_table(table) for table in tables]
    needs = r"Needs \usepackage{booktabs}; with \usepackage{graphicx}, what is too wide is scaled to the page."
    comments = [*(one_line(shortened(one, _MOST_OF_A_NOTE)) for one in preamble), needs]
    head = ["\n".join(f"% {line}" for line in comments), _FIT, _INTERVAL]
    if any("\\valigncharacter" in body for body in bodies):
        head.append(LATEX_CHARACTER)
    return "\n\n".join([*head, *bodies]) + "\n"


def _table(table: Table) -> str:
    rows = [_row(table, number) for number in range(len(table.rows))]
    if table.reported_from is not None:
        rows.insert(table.reported_from, r"\midrule")
    said = [f"{table.title.rstrip('.')}.", *table.notes, table.emphasis.note]
    caption = " ".join(shortened(one, _MOST_OF_A_NOTE) for one in said if one)
    label = re.sub(r"[^A-Za-z0-9:.+-]", "-", table.name)
    return "\n".join(
        [
            r"\begin{table*}", r"\centering", r"\footnotesize", r"\setlength{\tabcolsep}{3pt}", r"\valignfit{%",
            f"\\begin{{tabular}}{{{''.join(map(_kind, range(len(table.header)), _columns(table)))}}}", r"\toprule",
            f"{' & '.join(map(_header, table.header))} \\\\", r"\midrule", *rows, r"\bottomrule",
            r"\end{tabular}%", "}",
            f"\\caption{{{in_latex(_minus(one_line(caption)))}}}", f"\\label{{tab:{label}}}", r"\end{table*}",
        ]
    )  # fmt: skip


def _columns(table: Table) -> list[list[str]]:
    return [[row[at] for row in table.rows] for at in range(len(table.header))]


def _kind(position: int, cells: Sequence[str]) -> str:
    """A column's letter in the tabular's argument."""
    if any(len(cell) > _WIDE and not _WITH_INTERVAL.fullmatch(cell) for cell in cells):
        return _WRAPPED
    return "l" if position < 2 else "r"


def _row(table: Table, number: int) -> str:
    cells = [_cell(table, number, at, one_line(cell)) for at, cell in enumerate(table.rows[number])]
    return f"{' & '.join(cells)} \\\\"


def _cell(table: Table, row: int, column: int, text: str) -> str:
    """A cell; an interval stands below its value, smaller."""
    bold = (row, column) in table.emphasis.best
    mark = table.emphasis.marks.get((row, column), "")
    split = _WITH_INTERVAL.fullmatch(text)
    value = _guarded(split["value"] if split else shortened(text, _MOST))
    value = f"\\textbf{{{value}}}" if bold else value
    value += f"\\textsuperscript{{{in_latex(mark)}}}" if mark else ""
    if not split:
        return value
    return f"\\valigninterval{{{value}}}{{{in_latex(_minus(split['interval'] + split['rest']))}}}"


def _header(name: str) -> str:
    lines = textwrap.wrap(one_line(name), _HEADER, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2:
        return _guarded("".join(lines))
    stacked = r"\\".join(map(_guarded, lines))
    return f"\\shortstack{{{stacked}}}"


def _guarded(text: str) -> str:
    r"""Escaped text that may follow a `\\`, which would take a bracket or a star for its argument."""
    return f"{{}}{in_latex(_minus(text))}" if text.startswith(("[", "*")) else in_latex(_minus(text))


def _minus(text: str) -> str:
    """A hyphen that begins a number is a minus sign."""
    return _MINUS.sub("−", text)
