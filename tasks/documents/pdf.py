"""PDF to lines with position and font, by pdfplumber, without running headers, footers and page numbers."""

from __future__ import annotations

import logging
import re
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tasks.documents.blocks import clean
from valign.errors import InputError

#: Headers are above the first and footers below the second share of the page's height.
_TOP, _BOTTOM = 0.12, 0.86
_PAGE_NUMBER = re.compile(
    r"(page|seite|página|p\.)?[\s\-–|]*(\d{1,4}|[ivxl]+)([\s\-–|/]*(of|von|de|sur)?\s*\d{1,4})?[\s\-–|]*", re.I
)
_BOLD = re.compile(r"bold|black|heavy|semibold|demi(?!um)", re.IGNORECASE)
_ENTRY = re.compile(r".*\D[\s.…]*\s(\d{1,4})$")
_MIN_CONTENTS_ENTRIES = 4
#: A page with fewer words has no text layer.
_MIN_PAGE_WORDS = 5
#: If a smaller share of the characters is distinct, bold is imitated by printing twice.
_MIN_DISTINCT = 0.9
#: Exceptions of pdfplumber and pdfminer.six for damaged files, besides their own classes.
_DAMAGED = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, struct.error, zlib.error)


@dataclass(frozen=True)
class Line:
    """A line of a page; positions in points from the page's top left corner.

    `size` is the most frequent font size; `row` whether it is a table row; `noted` whether it begins with a raised
    number, as a footnote; `height` the height of the page.
    """

    page: int
    text: str
    x0: float
    x1: float
    top: float
    size: float
    bold: bool = False
    row: bool = False
    noted: bool = False
    height: float = 792.0


def read_lines(path: Path) -> tuple[str | None, list[Line]]:
    """Read the title that a PDF declares, and its lines in reading order.

    Raises:
        InputError: the file is encrypted, damaged, or a scan without a text layer.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(path) as pdf:
            title = pdf.metadata.get("Title")
            pages = len(pdf.pages)
            lines = [line for page in pdf.pages for line in _page_lines(page)]
    except (PdfminerException, MalformedPDFException, PSException, *_DAMAGED) as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise InputError(f"{path}: encrypted; open it with its password and save a copy without one") from None
        why = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: damaged PDF ({why}); make the copy again") from error
    if not pages:
        raise InputError(f"{path}: damaged PDF (no page in it); make the copy again")
    bare = pages - sum(size >= _MIN_PAGE_WORDS for size in _sizes(lines).values())
    if 2 * bare > pages:
        raise InputError(
            f"{path}: {bare} of {pages} pages have no text: a scan; recognise its text first (ocrmypdf in.pdf out.pdf)"
        )
    if sum(line.text.count("(cid:") for line in lines) > pages * _MIN_PAGE_WORDS:
        raise InputError(f"{path}: its fonts do not map to characters; recognise its text (ocrmypdf --force-ocr)")
    return title if isinstance(title, str) else None, without_table_of_contents(without_running_headers(lines, pages))


def _sizes(lines: Iterable[Line]) -> Counter[int]:
    """Number of words on each page."""
    sizes: Counter[int] = Counter()
    for line in lines:
        sizes[line.page] += len(line.text.split())
    return sizes


def _page_lines(page: Any) -> list[Line]:
    """Lines and table rows of a page in reading order, one column after the other."""
    places = {(c["text"], round(c["x0"]), round(c["top"])) for c in page.chars}
    if len(places) < _MIN_DISTINCT * len(page.chars):
        page = page.dedupe_chars()
    page = page.filter(lambda o: o.get("upright", True) and o.get("text") not in ("\u200b", "\ufeff"))
    tables = [table for table in page.find_tables() if _is_table(page, table)]
    boxes = [table.bbox for table in tables]
    rest = page.filter(lambda o: o["object_type"] != "char" or not any(_inside(o, box) for box in boxes))
    lines = [line for part in _columns(rest) for line in _text_lines(part)]
    for table in tables:
        at = next((n for n, line in enumerate(lines) if line.top > table.bbox[1]), len(lines))
        lines[at:at] = _rows(page, table)
    page.close()
    return lines


def _is_table(page: Any, table: Any) -> bool:
    """Whether ruled lines form a table: three columns, or two columns and rows, with margins in its cells."""
    rows = table.extract()
    columns = max(map(len, rows), default=0)
    x0, top, x1, bottom = table.bbox
    if columns < 2 or (columns == 2 and len(rows) < 2) or top < 0 or bottom > page.height or x0 < 0 or x1 > page.width:
        return False
    gaps = []
    for cell in table.cells:
        chars = [c for c in page.chars if _inside(c, cell) and c["text"].strip()]
        gaps += [min(c["x0"] for c in chars) - cell[0]] if chars else []
    return len(gaps) >= columns and sorted(gaps)[len(gaps) // 2] >= 2


def _rows(page: Any, table: Any) -> Iterator[Line]:
    for found, row in zip(table.rows, table.extract(), strict=True):
        cells = [clean((cell or "").replace("-\n", "-")) for cell in row]
        if any(cells):
            x0, top, x1, _ = found.bbox
            text = " | ".join(cells).strip(" |")
            yield Line(page.page_number, text, x0, x1, top, 0.0, row=True, height=float(page.height))


def _inside(char: Any, box: tuple[float, float, float, float]) -> bool:
    x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _columns(page: Any) -> list[Any]:
    """The page; or its full-width top, left and right column, if an empty strip divides it into two columns."""
    found = page.extract_words()
    middle = [page.width * share / 100 for share in range(42, 59)]
    for x in middle:
        spanning = [w for w in found if w["x0"] < x + 4 and w["x1"] > x - 4]
        start = max((w["bottom"] for w in spanning if w["top"] < 0.4 * page.height), default=0.0)
        if any(start < w["top"] < _BOTTOM * page.height for w in spanning):
            continue
        sides = [[w for w in found if w["top"] > start and (w["x0"] < x) == left] for left in (True, False)]
        if all(len({round(w["top"]) for w in side}) >= 12 and len(side) >= 60 for side in sides):
            left, right = ((0, start, x, page.height), (x, start, page.width, page.height))
            above = [page.crop((0, 0, page.width, start), strict=False)] if start > 0 else []
            return [*above, page.crop(left, strict=False), page.crop(right, strict=False)]
    return [page]


def _text_lines(page: Any) -> Iterator[Line]:
    from pdfplumber.utils.text import extract_text

    for line in page.extract_text_lines(return_chars=True):
        chars = [c for c in line["chars"] if c["text"].strip()]
        if not chars:
            continue
        size = Counter(round(c["size"], 1) for c in chars).most_common(1)[0][0]
        small = [c for c in chars if c["size"] < 0.75 * size and c["text"] in "0123456789*†‡"]
        noted = bool(small) and small[0] is chars[0]
        raised = [c for c in small if not noted or c["x0"] > chars[min(len(small), len(chars)) - 1]["x1"]]
        text = line["text"]
        if raised:
            text = extract_text([c for c in line["chars"] if c not in raised])
        bold = sum(bool(_BOLD.search(c["fontname"])) for c in chars) >= 0.9 * len(chars)
        if text := clean(text):
            height = float(page.root_page.height if hasattr(page, "root_page") else page.height)
            yield Line(page.page_number, text, line["x0"], line["x1"], line["top"], size, bold, False, noted, height)


def without_running_headers(lines: Iterable[Line], pages: int) -> list[Line]:
    """The lines without page numbers, and without lines that recur at the top or bottom of pages, ignoring numbers."""
    lines = list(lines)
    seen: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        if _marginal(line):
            seen[_recurring(line)].add(line.page)
    least = max(2, min(pages, 3 if pages < 10 else pages // 4))
    return [
        line for line in lines
        if not _marginal(line) or not (len(seen[_recurring(line)]) >= least or _PAGE_NUMBER.fullmatch(line.text))
    ]  # fmt: skip


def _marginal(line: Line) -> bool:
    return not line.row and (line.top < _TOP * line.height or line.top > _BOTTOM * line.height)


def _recurring(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.lower())


def without_table_of_contents(lines: list[Line]) -> list[Line]:
    """The lines without tables of contents: runs of lines that end in page numbers which do not decrease."""
    numbers = [int(found.group(1)) if (found := _ENTRY.fullmatch(line.text)) else None for line in lines]
    dropped: set[int] = set()
    run: list[int] = []
    for n in [*(n for n, number in enumerate(numbers) if number is not None), len(lines) + 9]:
        follows = bool(run) and n - run[-1] <= 2 and n < len(lines) and _number(numbers, n) >= _number(numbers, run[-1])
        if not follows:
            if len(run) >= _MIN_CONTENTS_ENTRIES:
                dropped |= set(range(run[0], run[-1] + 1))
            run = []
        run.append(n)
    return [line for n, line in enumerate(lines) if n not in dropped]


def _number(numbers: list[int | None], n: int) -> int:
    return numbers[n] or 0


def line_gaps(lines: Iterable[Line]) -> Iterator[tuple[Line, float]]:
    """Each line except the first of a page, with its distance in points from the previous line."""
    for before, line in pairwise(lines):
        if before.page == line.page and line.top > before.top:
            yield line, line.top - before.top
