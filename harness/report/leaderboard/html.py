"""`leaderboard.html`: one self-contained file, with a policy that lets it load and run nothing but its own."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

from harness.report.leaderboard.view import TableView

_HERE = Path(__file__).parent


def leaderboard_html(tables: Sequence[TableView], heading: str, intro: Sequence[str]) -> str:
    """All tables as one page. The text of entries is escaped by the template and runs nowhere."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.tests["number"] = lambda value: not math.isnan(value)
    style, script = (_read(name) for name in ("leaderboard.css", "leaderboard.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = environment.from_string(_read("leaderboard.html.jinja"))
    text: str = template.render(tables=tables, heading=heading, intro=intro, style=style, script=script, policy=policy)
    return text + "\n"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
