"""PDF lines to blocks: headings by their font, paragraphs by line spacing."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.documents.blocks import Block, Source, clean, count_words, ends_sentence
from tasks.documents.pdf import Line, line_gaps, read_lines
from tasks.documents.structure import heading_rank
from tasks.documents.text import split_marker

_LARGER, _SMALLER = 1.12, 0.9
_MAX_HEADING_WORDS = 45
_NUMBER = re.compile(r"(\d{1,2}\.|[a-z]\.)\s+(?=\S)")
#: A bullet within a line, from a list in two columns.
_BULLETS = re.compile(r"\s[●•▪■◦]\s+")
_NO_TITLE = re.compile(r"(?i)microsoft word|untitled|\.(docx?|pdf|indd|qxd|tex)\b|^\W*$|^\S+$")
#: Most words of a group-in heading: bold text at the start of a paragraph.
_MAX_RUN_IN_WORDS = 14
#: Most words of a line in plain type that is a heading by its number: `Subsection 2.2 Conflict of Interest.`
_MAX_NUMBERED_WORDS = 8
_TWO_SENTENCES = re.compile(r"[a-z]{3}\. [A-Z]")
_DATE = re.compile(rf"(\d{{1,2}}\.? )?({'|'.join(calendar.month_name[1:])})( \d{{1,2}})?,? (19|20)\d\d")
_Style = tuple[float, int]


@dataclass
class _LineGroup:
    """Lines of one block; `kind` is heading, text, item, row or note."""

    kind: str
    lines: list[Line]
    marker: str = ""

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def style(self) -> _Style:
        """The sort key of heading levels: larger type first, then the level that the number implies."""
        return (-self.lines[0].size, heading_rank(self.lines[0].text))


@dataclass(frozen=True)
class _Page:
    """The body text's font size, line distance and right edge, in points."""

    size: float
    pitch: float
    right: float


def read_pdf(path: Path) -> Source:
    """Read the blocks of a PDF with a text layer. Footnotes become a last section, `Notes`.

    Raises:
        InputError: the file is encrypted, damaged, or a scan without a text layer.
    """
    declared, lines = read_lines(path)
    size = _most_frequent((line.size, len(line.text)) for line in lines if not line.row)
    pitch = _most_frequent((round(2 * gap) / 2, 1) for line, gap in line_gaps(lines) if line.size == size) or 1.2 * size
    page = _Page(size, pitch, max((line.x1 for line in lines if line.size == size), default=0.0))
    groups = _groups(lines, page)
    vocabulary = {word for line in lines for word in re.findall(r"\w+", line.text.lower())}
    title = clean(declared or "")
    if not title or _NO_TITLE.search(title):
        title = _take_title(groups)
    levels = sorted({group.style for group in groups if group.kind == "heading"})
    blocks = [_block(group, levels, vocabulary) for group in groups if group.kind != "note"]
    notes = [_block(group, levels, vocabulary) for group in groups if group.kind == "note"]
    return Source(title or None, (*blocks, *([Block("heading", "Notes"), *notes] if notes else [])))


def _most_frequent(weighted: Iterable[tuple[float, int]]) -> float:
    counts: Counter[float] = Counter()
    for value, weight in weighted:
        counts[value] += weight
    return counts.most_common(1)[0][0] if counts else 0.0


def _take_title(groups: list[_LineGroup]) -> str:
    """Remove the title: the largest heading, if it is the only one of its size and on the first page."""
    headings = [group for group in groups if group.kind == "heading"]
    largest = max((group.lines[0].size for group in headings), default=0.0)
    found = [group for group in headings if group.lines[0].size == largest]
    if len(found) != 1 or found[0].lines[0].page != groups[0].lines[0].page or heading_rank(found[0].text) < 6:
        return ""
    groups.remove(found[0])
    return clean(found[0].text)


def _groups(lines: Sequence[Line], page: _Page) -> list[_LineGroup]:
    groups: list[_LineGroup] = []
    text: _LineGroup | None = None  # the paragraph or item that may continue after a note or on the next page
    notes = _notes(lines, page)
    for n, line in enumerate(lines):
        before = groups[-1] if groups else None
        if n in notes:
            if before is None or before.kind != "note" or line.noted:
                groups.append(_LineGroup("note", [line]))
            else:
                before.lines.append(line)
        elif line.row:
            groups.append(_LineGroup("row", [line], "-"))
        elif _is_heading(line, before, page):
            if before is not None and before.kind == "heading" and _same_heading(before.lines[-1], line):
                before.lines.append(line)
            else:
                groups.append(_LineGroup("heading", [line]))
                text = None
        else:
            marker, rest = _split_marker(line)
            if text is not None and not marker and _continues(text, line, page):
                text.lines.append(line)
            else:
                for part in _BULLETS.split(rest) if marker else [rest]:
                    text = _LineGroup("item" if marker else "text", [replace(line, text=part)], marker)
                    groups.append(text)
    return _corrected(groups, page)


def _corrected(groups: Sequence[_LineGroup], page: _Page) -> list[_LineGroup]:
    """Correct kinds: lines that name an article become headings, other bold text joins its paragraph."""
    kept: list[_LineGroup] = []
    for group in groups:
        if (
            group.kind == "text"
            and len(group.lines) == 1
            and heading_rank(group.text) < 6
            and count_words(group.text) <= _MAX_NUMBERED_WORDS
        ):
            group.kind = "heading"
    for group, after in zip(groups, [*groups[1:], None], strict=True):
        if group.kind == "heading" and (not _looks_like_heading(group) or _is_paragraph_start(group, after, page)):
            group.kind = "text"
        before = kept[-1] if kept else None
        if before and before.kind == group.kind == "text" and before.lines[-1].bold and not group.lines[0].bold:
            whole = _continues(before, group.lines[0], page)
        else:
            whole = False
        if before and whole:
            before.lines += group.lines
        else:
            kept.append(group)
    return kept


def _is_paragraph_start(group: _LineGroup, after: _LineGroup | None, page: _Page) -> bool:
    """Whether bold text of body size is the long beginning of a paragraph, not a heading."""
    last = group.lines[-1]
    if (
        after is None
        or after.kind != "text"
        or last.size >= _LARGER * page.size
        or count_words(group.text) <= _MAX_RUN_IN_WORDS
    ):
        return False
    return _continues(_LineGroup("text", [last]), after.lines[0], page)


def _looks_like_heading(group: _LineGroup) -> bool:
    if heading_rank(group.text) < 6:
        return True
    short = count_words(group.text) <= _MAX_HEADING_WORDS and not group.text.endswith((".", ",", ";"))
    return short and not _DATE.fullmatch(group.text) and not _TWO_SENTENCES.search(group.text)


def _notes(lines: Sequence[Line], page: _Page) -> set[int]:
    """Indices of footnote lines: small lines at the bottom of a page, beginning with a raised number."""
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


def _is_heading(line: Line, before: _LineGroup | None, page: _Page) -> bool:
    """Whether a line is larger than the text, or bold and on its own; bold within a sentence is emphasis."""
    if count_words(line.text) > _MAX_HEADING_WORDS or _split_marker(line)[0] == "-":
        return False
    if line.size >= _LARGER * page.size:
        return True
    if not line.bold or line.size < _SMALLER * page.size:
        return False
    last = before.lines[-1] if before and before.kind in ("text", "item") else None
    apart = last is None or last.page != line.page or line.top - last.top > 1.25 * page.pitch
    return apart or ends_sentence(last.text) if last else True


def _same_heading(last: Line, line: Line) -> bool:
    near = last.page == line.page and line.top - last.top <= 1.6 * line.size
    return (
        near
        and (last.size, last.bold) == (line.size, line.bold)
        and heading_rank(line.text) > 8
        and not ends_sentence(last.text)
    )


def _split_marker(line: Line) -> tuple[str, str]:
    marker, rest = split_marker(line.text)
    found = None if marker else _NUMBER.match(rest)
    return (found.group(1), rest[found.end() :]) if found else (marker, rest)


def _continues(group: _LineGroup, line: Line, page: _Page) -> bool:
    """Whether a line continues the paragraph or item before it."""
    last = group.lines[-1]
    if last.page != line.page or line.top < last.top:  # on the next page or in the next column
        return not ends_sentence(last.text)
    if line.top - last.top > 1.25 * page.pitch or abs(line.size - last.size) > 0.15 * page.size:
        return False
    if not ends_sentence(last.text):
        return True
    indented = line.x0 - last.x0 > 8 and group.kind == "text" and len(group.lines) > 1
    outdented = group.kind == "item" and line.x0 < group.lines[0].x0 - 2
    return not (indented or outdented or last.x1 < 0.7 * page.right)


def _block(group: _LineGroup, levels: Sequence[_Style], vocabulary: set[str]) -> Block:
    text = _joined([line.text for line in group.lines], vocabulary)
    if group.kind == "heading":
        return Block("heading", text, levels.index(group.style) + 1)
    if group.kind in ("item", "row"):
        return Block("item", text, marker=group.marker)
    return Block("text", text, bold=all(line.bold for line in group.lines))


def _joined(lines: Sequence[str], vocabulary: set[str]) -> str:
    """Lines as one; a word hyphenated at the end of a line is joined if the document has the joined word elsewhere."""
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
