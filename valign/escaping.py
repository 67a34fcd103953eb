"""Text that others wrote (models, documents, labels, file names), made safe for each form of output.

Whatever a text holds, it stays text and stays within its own cell. Each form has one function here, and every writer of
that form uses it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

#: What a reader cannot see and a program obeys: control characters but line feed and tab, line separators, embeddings,
#: overrides and isolates of the writing direction, halves of surrogate pairs, and code points that are no characters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    r"""The text with what cannot be seen written out as Python does, `\x1b` or `\u202e`; lines end in `\n`."""
    return _HIDDEN.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`visible`, with every run of line ends, tabs and spaces as one space."""
    return " ".join(visible(text).split())


def shortened(text: str, most: int) -> str:
    """The first `most` characters of a text, followed by how many it has where that is more."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def on_terminal(text: str, style: str = "") -> Text:
    """For rich: text without markup, and nothing that the terminal itself obeys."""
    from rich.text import Text

    return Text(visible(text).expandtabs(4), style=style)


def in_json(text: str) -> str:
    """JSON text that UTF-8 can hold: halves of surrogate pairs as their escapes, which read back as the same."""
    return _SURROGATE.sub(_written_out, text)


#: Spreadsheet programs run a cell that starts with one of these, the full-width ones included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def in_csv(cell: str) -> str:
    """For a cell of a CSV file, before quoting: a formula gets an apostrophe before it, a number stays as it is.

    Source of the characters: OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{visible(cell)}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else visible(cell)


#: An empty comment: it ends a word for GitHub, which makes links of names, issues and addresses after all escapes.
_APART = "<!-- -->"
#: Characters with a meaning in GitHub's Markdown, where they have it, and what stands for them. `*` can only open
#: emphasis before a character and `_` only outside a word; without a `](`, `][` or `]:` brackets are no link.
_MARKDOWN = (
    (r"[\\`~|]|\*(?=\S)|_(?![^\W_])|(?<![^\W_])_|\](?=[(\[:])", r"\\\g<0>"),
    (r"<(?=[A-Za-z/!?])", "&lt;"),
    (r"&(?=[#A-Za-z])", "&amp;"),
    (r"\$", "<span>$</span>"),
    (r"@(?=\w)|\bgh-(?=\d)|:(?=//)|www(?=\.)", rf"\g<0>{_APART}"),
    (r"#(?=\d)", rf"\\#{_APART}"),
    (r"#", r"\\#"),
)
_ANY_MARKDOWN = re.compile("|".join(f"(?P<m{number}>{pattern})" for number, (pattern, _) in enumerate(_MARKDOWN)), re.I)
_BARE_STAR = re.compile(r"(?<!\\)\*")
_ANY_NUMBER = re.compile(r"\d{1,9}(?=[.)](\s|$))")
#: What makes a list, a quotation, a rule, a heading or a check box where a line begins.
_BLOCK = re.compile(r"[-+*](\s|$)|>|[-=]+\s*$|\[[ xX]\](\s|$)")


def in_markdown(text: str) -> str:
    """For a table's cell, a heading or a list item of GitHub's Markdown; line ends become `<br>`.

    Rendered, it reads as `visible` writes it, but for tabs and spaces around its lines. Names, issue numbers and
    addresses make no links, so that nobody is notified of what a model wrote.
    """
    return "<br>".join(_markdown_line(line.strip(" ")) for line in visible(text).replace("\t", " ").split("\n"))


def bold_in_markdown(text: str) -> str:
    """`in_markdown` in bold type, which no star of the text ends."""
    return "**" + _BARE_STAR.sub(r"\\*", in_markdown(text)) + "**"


def _markdown_line(line: str) -> str:
    if number := _ANY_NUMBER.match(line):
        return f"{number[0]}\\{_markdown_inline(line[number.end() :])}"
    escaped = _markdown_inline(line)
    return f"\\{escaped}" if _BLOCK.match(line) and not escaped.startswith("\\") else escaped


def _markdown_inline(line: str) -> str:
    return _ANY_MARKDOWN.sub(lambda match: match.expand(_MARKDOWN[int((match.lastgroup or "m0")[1:])][1]), line)


#: LaTeX's special characters, and characters that its default fonts lack or typeset differently.
_LATEX = {
    **{one: f"\\{one}" for one in "{}%&_#$"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "`": "{`}", '"': "''", "\n": " ", "\t": " ",
    "±": r"$\pm$", "−": "$-$", "·": r"$\cdot$", "×": r"$\times$", "≤": r"$\leq$", "≥": r"$\geq$", "→": r"$\to$",
    "κ": r"$\kappa$", "α": r"$\alpha$", "–": "--", "—": "---", "…": r"\dots{}", "“": "``", "”": "''", "‘": "{`}",
    "’": "'", "\u00a0": "~", "\ufeff": "{}", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "œ": r"\oe{}", "Œ": r"\OE{}", "§": r"\S{}", "¶": r"\P{}", "©": r"\copyright{}",
    "†": r"\dag{}", "‡": r"\ddag{}", "£": r"\pounds{}", "¡": "!{`}", "¿": "?{`}",
}  # fmt: skip
#: Combining character -> LaTeX's accent, each there in its oldest font encoding.
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0331": "b",
}  # fmt: skip
#: Defined in a file that has another character: Unicode's engines typeset it, pdfLaTeX prints its number.
LATEX_CHARACTER = r"\providecommand{\valigncharacter}[2]{\ifx\Umathchar\undefined\texttt{U+#2}\else\char#1\relax\fi}"


def in_latex(text: str) -> str:
    r"""For running text, a table's cell or a caption, in ASCII alone; it needs no package.

    A character that LaTeX has no command for is `\valigncharacter`; a file with one starts with `LATEX_CHARACTER`.
    """
    composed = unicodedata.normalize("NFC", visible(text))
    return "".join(map(_in_latex, re.sub("-(?=-)", "-\ufeff", composed)))


def _in_latex(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii():
        return character
    base, *accent = list(unicodedata.normalize("NFD", character))
    if len(accent) == 1 and base.isascii() and base.isalpha() and accent[0] in _ACCENTS:
        dotless = f"\\{base}{{}}" if base in "ij" and accent[0] not in "\u0323\u0327\u0331" else base
        return f"\\{_ACCENTS[accent[0]]}{{{dotless}}}"
    return f"\\valigncharacter{{{ord(character)}}}{{{ord(character):04X}}}"
