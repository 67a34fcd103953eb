"""The lines of a PDF to blocks: headings by how they are set, paragraphs by the space round them."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.reading.blocks import Block, Source, clean, ended, words
from tasks.reading.pdf import Line, gaps, read_lines
from tasks.reading.structure import rank
from tasks.reading.text import split_marker

_LARGER, _SMALLER = 1.12, 0.9
_LONGEST_HEADING = 45
_NUMBER = re.compile(r"(\d{1,2}\.|[a-z]\.)\s+(?=\S)")
#: A bullet within a line: a list in two columns.
_BULLETS = re.compile(r"\s[●•▪■◦]\s+")
_NO_TITLE = re.compile(r"(?i)microsoft word|untitled|\.(docx?|pdf|indd|qxd|tex)\b|^\W*$|^\S+$")
#: Most words of a bold line that runs into its paragraph and still is a heading.
_LONGEST_RUN_IN = 14
#: Most words of a plain line that is a heading by its number: `Article 5`, `Subsection 2.2 Conflict of Interest.`
_LONGEST_NAMED = 8
_TWO_SENTENCES = re.compile(r"[a-z]{3}\. [A-Z]")
_DATE = re.compile(rf"(\d{{1,2}}\.? )?({'|'.join(calendar.month_name[1:])})( \d{{1,2}})?,? (19|20)\d\d")
_Style = tuple[float, int]


@dataclass
class _Run:
    """Lines that belong together; `kind` is heading, text, item, row or note."""

    kind: str
    lines: list[Line]
    marker: str = ""

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def style(self) -> _Style:
        """Larger type stands higher; of two headings in one size, the one whose number names the wider part."""
        return (-self.lines[0].size, rank(self.lines[0].text))


@dataclass(frozen=True)
class _Page:
    """How the text itself is set: type size, distance from line to line, right edge, in points."""

    size: float
    pitch: float
    right: float


def read_pdf(path: Path) -> Source:
    """Blocks of a PDF with a text layer. Footnotes are gathered into a last section, `Notes`.

    Raises:
        InputError: encrypted, damaged, or a scan without text.
    """
    declared, lines = read_lines(path)
    size = _most((line.size, len(line.text)) for line in lines if not line.row)
    pitch = _most((round(2 * gap) / 2, 1) for line, gap in gaps(lines) if line.size == size) or 1.2 * size
    page = _Page(size, pitch, max((line.x1 for line in lines if line.size == size), default=0.0))
    runs = _runs(lines, page)
    vocabulary = {word for line in lines for word in re.findall(r"\w+", line.text.lower())}
    title = clean(declared or "")
    if not title or _NO_TITLE.search(title):
        title = _take_title(runs)
    levels = sorted({run.style for run in runs if run.kind == "heading"})
    blocks = [_block(run, levels, vocabulary) for run in runs if run.kind != "note"]
    notes = [_block(run, levels, vocabulary) for run in runs if run.kind == "note"]
    return Source(title or None, (*blocks, *([Block("heading", "Notes"), *notes] if notes else [])))


def _most(weighted: Iterable[tuple[float, int]]) -> float:
    counts: Counter[float] = Counter()
    for value, weight in weighted:
        counts[value] += weight
    return counts.most_common(1)[0][0] if counts else 0.0


def _take_title(runs: list[_Run]) -> str:
    """The largest heading where there is one that large and it stands on the first page: the title, taken out."""
    headings = [run for run in runs if run.kind == "heading"]
    largest = max((run.lines[0].size for run in headings), default=0.0)
    found = [run for run in headings if run.lines[0].size == largest]
    if len(found) != 1 or found[0].lines[0].page != runs[0].lines[0].page or rank(found[0].text) < 6:
        return ""
    runs.remove(found[0])
    return clean(found[0].text)


def _runs(lines: Sequence[Line], page: _Page) -> list[_Run]:
    runs: list[_Run] = []
    text: _Run | None = None  # the paragraph or item that may go on after a note or a page's end
    notes = _notes(lines, page)
    for n, line in enumerate(lines):
        before = runs[-1] if runs else None
        if n in notes:
            if before is None or before.kind != "note" or line.noted:
                runs.append(_Run("note", [line]))
            else:
                before.lines.append(line)
        elif line.row:
            runs.append(_Run("row", [line], "-"))
        elif _is_heading(line, before, page):
            if before is not None and before.kind == "heading" and _same_heading(before.lines[-1], line):
                before.lines.append(line)
            else:
                runs.append(_Run("heading", [line]))
                text = None
        else:
            marker, rest = _marked(line)
            if text is not None and not marker and _goes_on(text, line, page):
                text.lines.append(line)
            else:
                for part in _BULLETS.split(rest) if marker else [rest]:
                    text = _Run("item" if marker else "text", [replace(line, text=part)], marker)
                    runs.append(text)
    return _settled(runs, page)


def _settled(runs: Sequence[_Run], page: _Page) -> list[_Run]:
    """The runs, where lines that name an article are headings, and what was only bold is a paragraph, whole again."""
    kept: list[_Run] = []
    for run in runs:
        if run.kind == "text" and len(run.lines) == 1 and rank(run.text) < 6 and words(run.text) <= _LONGEST_NAMED:
            run.kind = "heading"
    for run, after in zip(runs, [*runs[1:], None], strict=True):
        if run.kind == "heading" and (not _short(run) or _runs_in(run, after, page)):
            run.kind = "text"
        before = kept[-1] if kept else None
        if before and before.kind == run.kind == "text" and before.lines[-1].bold and not run.lines[0].bold:
            whole = _goes_on(before, run.lines[0], page)
        else:
            whole = False
        if before and whole:
            before.lines += run.lines
        else:
            kept.append(run)
    return kept


def _runs_in(run: _Run, after: _Run | None, page: _Page) -> bool:
    """Whether bold text as large as the rest is the long beginning of a paragraph."""
    last = run.lines[-1]
    if after is None or after.kind != "text" or last.size >= _LARGER * page.size or words(run.text) <= _LONGEST_RUN_IN:
        return False
    return _goes_on(_Run("text", [last]), after.lines[0], page)


def _short(run: _Run) -> bool:
    if rank(run.text) < 6:
        return True
    short = words(run.text) <= _LONGEST_HEADING and not run.text.endswith((".", ",", ";"))
    return short and not _DATE.fullmatch(run.text) and not _TWO_SENTENCES.search(run.text)


def _notes(lines: Sequence[Line], page: _Page) -> set[int]:
    """Where the footnotes are: the small lines at the foot of a page, from a raised number on."""
    notes: set[int] = set()
    foot: list[int] = []
    for n, line in enumerate(lines):
        if foot and lines[foot[-1]].page != line.page:
            foot = []
        small = not line.row and (line.noted or line.size <= _SMALLER * page.size)
        foot = [*foot, n] if small and (foot or line.noted) else []
        if foot and (n + 1 == len(lines) or lines[n + 1].page != line.page):
            notes |= set(foot)
    return notes


def _is_heading(line: Line, before: _Run | None, page: _Page) -> bool:
    """Set larger than the text, or bold on a line of its own; a bold line in mid-sentence is emphasis."""
    if words(line.text) > _LONGEST_HEADING or _marked(line)[0] == "-":
        return False
    if line.size >= _LARGER * page.size:
        return True
    if not line.bold or line.size < _SMALLER * page.size:
        return False
    last = before.lines[-1] if before and before.kind in ("text", "item") else None
    apart = last is None or last.page != line.page or line.top - last.top > 1.25 * page.pitch
    return apart or ended(last.text) if last else True


def _same_heading(last: Line, line: Line) -> bool:
    near = last.page == line.page and line.top - last.top <= 1.6 * line.size
    return near and (last.size, last.bold) == (line.size, line.bold) and rank(line.text) > 8 and not ended(last.text)


def _marked(line: Line) -> tuple[str, str]:
    marker, rest = split_marker(line.text)
    found = None if marker else _NUMBER.match(rest)
    return (found.group(1), rest[found.end() :]) if found else (marker, rest)


def _goes_on(run: _Run, line: Line, page: _Page) -> bool:
    """Whether a line belongs to the paragraph or item before it."""
    last = run.lines[-1]
    if last.page != line.page or line.top < last.top:  # over the page's end, or into the next column
        return not ended(last.text)
    if line.top - last.top > 1.25 * page.pitch or abs(line.size - last.size) > 0.15 * page.size:
        return False
    if not ended(last.text):
        return True
    indented = line.x0 - last.x0 > 8 and run.kind == "text" and len(run.lines) > 1
    outdented = run.kind == "item" and line.x0 < run.lines[0].x0 - 2
    return not (indented or outdented or last.x1 < 0.7 * page.right)


def _block(run: _Run, levels: Sequence[_Style], vocabulary: set[str]) -> Block:
    text = _joined([line.text for line in run.lines], vocabulary)
    if run.kind == "heading":
        return Block("heading", text, levels.index(run.style) + 1)
    if run.kind in ("item", "row"):
        return Block("item", text, marker=run.marker)
    return Block("text", text, bold=all(line.bold for line in run.lines))


def _joined(lines: Sequence[str], vocabulary: set[str]) -> str:
    """Lines as one; a word broken at the end of a line is whole again where the document has it whole elsewhere."""
    text = lines[0]
    for line in lines[1:]:
        first = re.match(r"[^\W\d_]+", line)
        broken = re.search(r"([^\W\d_]+)-$", text)
        if broken and first and first.group().islower():
            whole = (broken.group(1) + first.group()).lower()
            text = (text[:-1] if whole in vocabulary else text) + line
        else:
            text += " " + line
    return clean(text)
